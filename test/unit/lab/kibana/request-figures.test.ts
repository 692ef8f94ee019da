// Kibana's stand-in counts requests as Kibana does: elastic/kibana,
// src/core/packages/metrics/collectors-server-internal/src/server.ts.

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { RequestFigures } from "../../../../lab/kibana/request-figures.ts";
import { until } from "../../../until.ts";

describe("the requests that Kibana's stand-in counts", () => {
    it("are those of the last interval, and none when none came", async () => {
        const figures = new RequestFigures(200);
        assert.equal(figures.last.requests, 0);
        for (let count = 0; count < 3; count++) {
            const answered = figures.came();
            await delay(1);
            answered();
        }
        const last = await until("three requests", 5, async () =>
            figures.last.requests === 3 ? figures.last : undefined,
        );
        assert.ok(last.averageMilliseconds > 0 && last.averageMilliseconds <= last.longestMilliseconds);
        const next = await until("an interval without one", 5, async () =>
            figures.last.requests === 0 ? figures.last : undefined,
        );
        assert.deepEqual([next.averageMilliseconds, next.longestMilliseconds], [0, 0]);
    });
});
