// What elastic-setup makes of answers that Kibana does not give, or that say less than they seem to.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KibanaApi } from "../../../workloads/elastic-setup/kibana-api.ts";
import { SetupError } from "../../../workloads/elastic-setup/outcome.ts";
import type { Plan } from "../../../workloads/elastic-setup/plan.ts";
import { setUpKibana } from "../../../workloads/elastic-setup/set-up-kibana.ts";

const plan: Plan = {
    stack: "test",
    categories: ["error", "authentication", "chat"].map((name) => ({ name, retentionDays: 30 })),
    shards: 1,
    replicas: 0,
    refreshInterval: "2s",
    fieldLimit: 1000,
};

describe("elastic-setup", () => {
    let server: Server;
    let answerOf: (method: string, path: string) => { readonly status: number; readonly text: string };

    before(async () => {
        server = createServer((request, response) => {
            request.resume();
            const { status, text } = answerOf(request.method ?? "", request.url ?? "");
            response.writeHead(status).end(text);
        });
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
    });

    after(() => {
        server.close();
    });

    const setUp = (): Promise<void> => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const login = { username: "setup", password: "secret" };
        return setUpKibana(new KibanaApi(url, login, { tries: 3, pause: 1 }), plan, () => undefined);
    };

    it("says so when something else answers in Kibana's place", async () => {
        answerOf = () => ({ status: 200, text: "<!DOCTYPE html><title>Log in</title>" });
        await assert.rejects(setUp(), (error: Error) => {
            assert.ok(error instanceof SetupError, error.stack);
            assert.match(error.message, /data view .*expected a JSON object from Kibana, got "<!DOCTYPE html>/);
            return true;
        });
    });

    it("asks again when Kibana refuses the login for a moment, and says so when it goes on", async () => {
        const answers = ["data_view", "_export", "_import"].map((part) => ({ part, refusals: 2 }));
        answerOf = (_, path) => {
            const asked = answers.find(({ part }) => path.includes(part));
            if (asked !== undefined && asked.refusals > 0) {
                asked.refusals--;
                return { status: 401, text: '{"message":"Unauthorized"}' };
            }
            return path.includes("_export")
                ? { status: 400, text: "{}" }
                : { status: path.includes("data_view/") ? 404 : 200, text: '{"success":true,"successCount":1}' };
        };
        await setUp();
        assert.ok(answers.every(({ refusals }) => refusals === 0));
        answerOf = () => ({ status: 401, text: '{"message":"Unauthorized"}' });
        await assert.rejects(setUp(), /data view chattingo-error-\*: Kibana answered 401: Unauthorized/);
    });

    it("does not take an import of nothing for a success", async () => {
        answerOf = (_, path) =>
            path.includes("_export")
                ? { status: 400, text: "{}" }
                : path.includes("_import")
                  ? { status: 200, text: '{"success":true,"successCount":0}' }
                  : { status: path.endsWith("/data_view") ? 200 : 404, text: "{}" };
        await assert.rejects(setUp(), /saved search .*could not import it: \{"successCount":0\}/);
    });
});
