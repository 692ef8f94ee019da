// What became of each object, and the one error that ends a run.

/** What became of an object. */
export type Outcome = "created" | "updated" | "unchanged";

/** Says what became of an object, as soon as it is known. */
export type Report = (kind: string, name: string, outcome: Outcome, remark?: string) => void;

/** An object that could not be set up, with the answer that said so. */
export class SetupError extends Error {
    /** What was said of the object. */
    readonly answer: string;

    constructor(what: string, answer: string) {
        super(`${what}: ${answer}`);
        this.name = "SetupError";
        this.answer = answer;
    }
}
