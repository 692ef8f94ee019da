// Stands in for the official Pulumi Kubernetes provider plugin, which package registries don't carry.
//
// It covers: objects of the API server's own kinds and of installed custom resources, by server-side apply with strict
// field validation (a dry run in previews), replacement of what can't change in place, waiting for roll-outs, Jobs,
// claims and Services, refresh, import and deletion; the settings `kubeconfig`, `context`,
// `namespace`, `enableConfigMapMutable` and `enableSecretMutable`.
// It does not cover, and refuses: autonaming, yaml, helm and kustomize resources, patches and lists,
// functions, exec and auth-provider plugins in the kubeconfig, ignoreChanges, other settings of the provider.
// It differs: a diff compares inputs only (the official one may ask the API server), so what somebody changed by hand
// shows after a refresh.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serveProvider } from "../protocol/serve-provider.ts";
import { KubernetesProvider } from "./kubernetes-provider.ts";

const manifest = createRequire(import.meta.url).resolve("@pulumi/kubernetes/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };

await serveProvider(new KubernetesProvider(version));
