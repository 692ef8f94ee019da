// Loaded into a program before it starts (`node --import`): its clock goes wrong by CLOCK_ERROR_MILLISECONDS, ahead where
// that is positive. What is told by `Date` changes and nothing else: neither timers nor the times of files.

const RightDate = Date;
const error = Number(process.env.CLOCK_ERROR_MILLISECONDS);

class WrongDate extends RightDate {
    constructor(...moment: readonly []) {
        super(...(moment.length === 0 ? ([WrongDate.now()] as unknown as readonly []) : moment));
    }

    static override now(): number {
        return RightDate.now() + error;
    }
}

globalThis.Date = WrongDate as DateConstructor;
