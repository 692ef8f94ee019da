// The engine's floor: as many resources of each provider and as many components as a stack has, each as small as can be.

// As the logging program does: the whole package takes a second to load.
import { User } from "@pulumi/aws/iam/user.js";
import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const namespace = new k8s.core.v1.Namespace("engine-floor", { metadata: { name: "engine-floor" } });

for (let index = 1; index < config.requireNumber("kubernetesResources"); index++) {
    new k8s.core.v1.ConfigMap(`trivial-${index}`, {
        metadata: { name: `trivial-${index}`, namespace: namespace.metadata.name },
        data: { index: String(index) },
    });
}

for (let index = 0; index < config.requireNumber("awsResources"); index++) {
    new User(`trivial-user-${index}`, { name: `engine-floor-${index}` });
}

for (let index = 0; index < config.requireNumber("components"); index++) {
    new pulumi.ComponentResource("bench:engine:Trivial", `trivial-component-${index}`);
}
