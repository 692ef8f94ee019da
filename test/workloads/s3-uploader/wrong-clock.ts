// Loaded into a program before it starts (`node --import`): its clock goes wrong by CLOCK_ERROR_MILLISECONDS, ahead where
// that is positive. What is told by `Date` changes and nothing else: neither timers nor the times of files.

const error = Number(process.env.CLOCK_ERROR_MILLISECONDS);
const rightNow = Date.now;
const wrongNow = () => rightNow() + error;

globalThis.Date = new Proxy(Date, {
    construct: (date, moment, made) => Reflect.construct(date, moment.length === 0 ? [wrongNow()] : moment, made),
    get: (date, name) => (name === "now" ? wrongNow : Reflect.get(date, name)),
});
