// Stands in for the official Pulumi Kubernetes provider plugin, which package registries don't carry.
//
// It covers: objects of the API server's own kinds and of installed custom resources, by server-side apply with strict
// field validation (a dry run in previews), replacement of what can't change in place, waiting for Deployments,
// DaemonSets, StatefulSets, Jobs, Pods, claims, Services and CustomResourceDefinitions, refresh, import and deletion;
// the settings `kubeconfig`, `context`, `namespace`, `enableConfigMapMutable` and `enableSecretMutable`; the
// annotations pulumi.com/skipAwait, timeoutSeconds, patchForce, replaceUnready and deletionPropagationPolicy.
// It does not cover, and refuses: autonaming, yaml, helm and kustomize resources, patches and lists, functions, exec
// and auth-provider plugins in the kubeconfig, clusters that the same update makes, other settings and annotations.
// It differs: a preview also checks the fields of objects with values that are not known yet; an Ingress is not waited
// for; a refresh does not look whether objects are ready; a changed kubeconfig never replaces anything.

import manifest from "@pulumi/kubernetes/package.json" with { type: "json" };
import { serveProvider } from "../protocol/serve-provider.ts";
import { KubernetesProvider } from "./kubernetes-provider.ts";

await serveProvider(new KubernetesProvider(manifest.version));
