// The targets that the lab finds for Prometheus, with the labels that Prometheus' own discovery gives them.

import assert from "node:assert/strict";
import { endpointTargets } from "../../../../lab/monitoring/endpoint-targets.ts";

const namespace = "chattingo";
const ports = [{ name: "metrics", port: 9103 }];
const services = [{ metadata: { name: "kibana", namespace, labels: { "app.kubernetes.io/name": "kibana" } } }];
const pods = [
    {
        metadata: { name: "kibana-abc", namespace },
        spec: {
            containers: [{ name: "kibana" }, { name: "metrics", ports: [{ containerPort: 9103 }] }],
        },
        status: { phase: "Running" },
    },
];

describe("the endpoints of a namespace", () => {
    it("are targets with the labels of their service and pod", () => {
        const addresses = [{ ip: "10.244.0.7", targetRef: { kind: "Pod", name: "kibana-abc" } }];
        const endpoints = [{ metadata: { name: "kibana", namespace }, subsets: [{ addresses, ports }] }];
        assert.deepEqual(endpointTargets({ services, endpoints, pods }), [
            {
                targets: ["10.244.0.7:9103"],
                labels: {
                    __meta_kubernetes_namespace: "chattingo",
                    __meta_kubernetes_endpoint_port_name: "metrics",
                    __meta_kubernetes_endpoint_address_target_kind: "Pod",
                    __meta_kubernetes_endpoint_address_target_name: "kibana-abc",
                    __meta_kubernetes_service_name: "kibana",
                    __meta_kubernetes_service_label_app_kubernetes_io_name: "kibana",
                    __meta_kubernetes_service_labelpresent_app_kubernetes_io_name: "true",
                    __meta_kubernetes_pod_name: "kibana-abc",
                    __meta_kubernetes_pod_phase: "Running",
                    __meta_kubernetes_pod_container_name: "metrics",
                },
            },
        ]);
    });

    it("are none while no address is ready", () => {
        const endpoints = [{ metadata: { name: "kibana", namespace }, subsets: [{ ports }] }];
        assert.deepEqual(endpointTargets({ services, endpoints, pods }), []);
        assert.deepEqual(
            endpointTargets({ services, endpoints: [{ metadata: { name: "kibana", namespace } }], pods }),
            [],
        );
    });
});
