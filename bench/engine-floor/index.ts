// The engine's floor: as many custom and component resources as the logging program has, each as small as can be.

import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const namespace = new k8s.core.v1.Namespace("engine-floor", { metadata: { name: "engine-floor" } });

for (let index = 1; index < config.requireNumber("customResources"); index++) {
    new k8s.core.v1.ConfigMap(`trivial-${index}`, {
        metadata: { name: `trivial-${index}`, namespace: namespace.metadata.name },
        data: { index: String(index) },
    });
}

for (let index = 0; index < config.requireNumber("components"); index++) {
    new pulumi.ComponentResource("bench:engine:Trivial", `trivial-component-${index}`);
}
