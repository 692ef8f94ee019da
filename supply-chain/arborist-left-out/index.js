// Pulumi's SDK loads npm's arborist whenever it starts and asks it for the packages of a serialized function: one that a
// program has run in the cloud, or a dynamic provider. This program has neither. docs/decisions/0019-npm-without-arborist.md

/** In the place of arborist's class of this name. */
exports.Arborist = class Arborist {
    /** @throws always, so that whoever serializes a function learns how to do that again */
    constructor() {
        throw new Error(
            "a function is to be serialized, for which Pulumi's SDK needs npm's arborist: take @npmcli/arborist out of the dependencies and overrides in package.json and run npm install (docs/decisions/0019-npm-without-arborist.md)",
        );
    }
};
