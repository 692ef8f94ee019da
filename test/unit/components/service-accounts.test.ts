// Under which accounts pods run, and which of them may ask the API server for anything. What exactly they may is asked of a
// real one in test/cluster/simulated/prod-stack.test.ts.

import assert from "node:assert/strict";
import { apps } from "../../../components/connections.ts";
import { type Declared, declaredStack, podTemplates } from "./mocked-program.ts";

interface Binding {
    readonly subjects: readonly { readonly kind: string; readonly name: string }[];
}

describe("the service accounts", function () {
    this.timeout(60_000);

    for (const stack of ["dev", "prod", "compliance"]) {
        describe(`of ${stack}`, () => {
            let found: Declared;

            before(async () => {
                found = (await declaredStack(stack)).found;
            });

            it("are one for each part, which none shares with another", () => {
                const templates = podTemplates(found);
                assert.deepEqual(
                    templates.map(({ spec }) => spec.serviceAccountName),
                    templates.map(({ metadata }) => metadata.labels.app),
                );
                assert.deepEqual(templates.map(({ metadata }) => metadata.labels.app).toSorted(), apps.toSorted());
                const accounts = found.resources.filter(({ type }) => type === "kubernetes:core/v1:ServiceAccount");
                assert.deepEqual(accounts.map(({ name }) => name).toSorted(), apps.toSorted());
                for (const { inputs } of accounts) {
                    assert.equal(inputs.automountServiceAccountToken, false);
                }
            });

            it("have a token and rights only in the pods that start rotation and that follow their node", () => {
                const withToken = podTemplates(found)
                    .filter(({ spec }) => spec.automountServiceAccountToken !== false)
                    .map(({ metadata }) => metadata.labels.app);
                assert.deepEqual(withToken.toSorted(), ["log-rotation", "log-rotation-leaving"]);
                const subjects = found.resources
                    .filter(({ type }) => /^kubernetes:rbac.*Binding$/.test(type))
                    .flatMap(({ inputs }) => (inputs as unknown as Binding).subjects);
                assert.deepEqual([...new Set(subjects.map(({ kind, name }) => `${kind} ${name}`))].toSorted(), [
                    "ServiceAccount log-rotation",
                    "ServiceAccount log-rotation-leaving",
                ]);
            });
        });
    }
});
