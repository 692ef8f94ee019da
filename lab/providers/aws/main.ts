// Stands in for the official `pulumi-resource-aws`, which the package registries do not carry, in the lab and in tests.
//
// It covers the resource types and functions that this project uses (resource-types.ts, functions.ts) with the
// properties listed in each file under resources/ and functions/, for programs of the package's version 7. It talks to
// AWS itself or, with AWS_ENDPOINT_URL, to an emulated one. It does not cover: any other type, property or provider
// setting, all of which are refused by name; waiting for IAM to become consistent; retries beyond those of the AWS SDK.
//
// A plan that it makes proves little of what the official one would do: which edits replace a resource, and whether the
// old one goes first, is written here by hand from its documentation (resources/*.ts). Nothing checks that another
// `aws:region` replaces bucket and key, as the official one does since each resource has a region of its own; that
// inputs are of the right form beyond what the emulated AWS refuses; or how long the real services take.
// Anyone who has the official plugin gets that one instead.

import manifest from "@pulumi/aws/package.json" with { type: "json" };
import { serveProvider } from "../protocol/serve-provider.ts";
import { engineProvider } from "./engine-adapter.ts";

await serveProvider(engineProvider(manifest.version));
