// The AWS provider in the shape in which `protocol/` serves a provider to the engine.

import { randomBytes } from "node:crypto";
import { type Applied, type Difference, InitializationError, type Provider } from "../protocol/provider.ts";
import { readConfiguration } from "./configuration.ts";
import { fromEngine, stateFromEngine, toEngine } from "./engine-values.ts";
import { allKnown, type PlannedProperties } from "./planned-value.ts";
import { AwsProvider, NotInitializedError } from "./provider.ts";
import { resourceTypes } from "./resource-types.ts";

/** A provider for the engine; `version` is that of the installed SDK. */
export function engineProvider(version: string): Provider {
    let connected: AwsProvider | undefined;
    const aws = (): AwsProvider => {
        if (connected === undefined) {
            throw new Error("the AWS provider was used before it was configured");
        }
        return connected;
    };
    return {
        version,

        async configure(configuration) {
            connected = await AwsProvider.connect(readConfiguration(allKnown(fromEngine(configuration)), process.env));
        },

        async check({ type, name, oldInputs, newInputs }) {
            const given = fromEngine(newInputs);
            const checked = AwsProvider.check(type, name, given, fromEngine(oldInputs), randomBytes(16));
            return { inputs: toEngine(checked.inputs, newInputs), failures: checked.problems };
        },

        async diff({ type, oldInputs, oldOutputs, newInputs }): Promise<Difference> {
            const before = { inputs: fromEngine(oldInputs), state: stateFromEngine(oldOutputs) };
            const { changes, deleteBeforeReplace } = aws().diff(type, before, fromEngine(newInputs));
            return {
                properties: Object.fromEntries(changes.map(({ path, kind, replaces }) => [path, { kind, replaces }])),
                deleteBeforeReplace,
            };
        },

        async create({ type, inputs, preview }): Promise<Applied> {
            const wanted = fromEngine(inputs);
            const outputs = (state: PlannedProperties) => toEngine(state, inputs, secretsOf(type));
            if (preview) {
                return { id: "", outputs: outputs(aws().preview(type, wanted, undefined)) };
            }
            try {
                const { id, state } = await aws().create(type, wanted);
                return { id, outputs: outputs(state) };
            } catch (error) {
                if (error instanceof NotInitializedError) {
                    const { id, state } = error.resource;
                    throw new InitializationError({ id, outputs: outputs(state) }, inputs, [error.message]);
                }
                throw error;
            }
        },

        async update({ type, id, oldInputs, oldOutputs, newInputs, preview }): Promise<Applied> {
            const before = { inputs: fromEngine(oldInputs), state: stateFromEngine(oldOutputs) };
            const wanted = fromEngine(newInputs);
            const state = preview
                ? aws().preview(type, wanted, before.state)
                : await aws().update(type, id, before, wanted);
            return { id, outputs: toEngine(state, newInputs, secretsOf(type)) };
        },

        async read({ type, id, inputs, outputs }) {
            const isImport = Object.keys(outputs).length === 0;
            const known = { inputs: stateFromEngine(inputs), state: stateFromEngine(outputs) };
            const found = await aws().read(type, id, isImport ? undefined : known);
            return (
                found && {
                    id: found.id,
                    inputs: toEngine(found.inputs, inputs),
                    outputs: toEngine(found.state, outputs, secretsOf(type)),
                }
            );
        },

        async delete({ type, id, outputs }) {
            await aws().delete(type, id, stateFromEngine(outputs));
        },

        async invoke(token, args) {
            return toEngine(await aws().call(token, allKnown(fromEngine(args))));
        },
    };
}

function secretsOf(token: string): readonly string[] {
    return resourceTypes.get(token)?.secrets ?? [];
}
