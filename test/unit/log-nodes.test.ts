// The rule by which Filebeat and rotation choose nodes.

import assert from "node:assert/strict";
import { logNodeRequirements } from "../../formats/log-nodes.ts";
import { whyWithoutLogs } from "../../workloads/log-rotation/every-node/node-job.ts";
import { declaredStack } from "./components/mocked-program.ts";

interface DaemonSet {
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly affinity: {
                    readonly nodeAffinity: {
                        readonly requiredDuringSchedulingIgnoredDuringExecution: {
                            readonly nodeSelectorTerms: readonly { readonly matchExpressions: readonly object[] }[];
                        };
                    };
                };
            };
        };
    };
}

const linux = { "kubernetes.io/os": "linux" };

describe("the nodes that have logs", function () {
    this.timeout(60_000);

    it("run Linux and are no virtual nodes", () => {
        const why = (labels: Readonly<Record<string, string>>) =>
            whyWithoutLogs({ metadata: { name: "node", labels } });
        assert.equal(why({ ...linux, "kubernetes.io/arch": "arm64" }), undefined);
        assert.equal(why({ ...linux, "eks.amazonaws.com/compute-type": "auto" }), undefined);
        assert.match(why({ "kubernetes.io/os": "windows" }) ?? "", /not Linux/);
        assert.match(why({ ...linux, "eks.amazonaws.com/compute-type": "fargate" }) ?? "", /Fargate/);
        assert.match(why({ ...linux, type: "virtual-kubelet" }) ?? "", /virtual node/);
    });

    it("are the ones on which Filebeat is scheduled", async () => {
        const { found } = await declaredStack("prod");
        const { affinity } = found.inputs<DaemonSet>("kubernetes:apps/v1:DaemonSet", "filebeat").spec.template.spec;
        const [term, ...others] =
            affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
        assert.deepEqual(others, []);
        assert.deepEqual(
            term?.matchExpressions,
            logNodeRequirements.map(({ key, operator, values }) => ({ key, operator, values })),
        );
    });
});
