// Every function that the provider covers.

import type { AwsFunction } from "./function.ts";
import { getCallerIdentity } from "./functions/get-caller-identity.ts";
import { getCluster } from "./functions/get-cluster.ts";
import { getOpenIdConnectProvider } from "./functions/get-open-id-connect-provider.ts";
import { getPartition } from "./functions/get-partition.ts";
import { getRegion } from "./functions/get-region.ts";

/** Functions by their Pulumi tokens. */
export const functions: ReadonlyMap<string, AwsFunction> = new Map(
    [getCallerIdentity, getCluster, getOpenIdConnectProvider, getPartition, getRegion].map((entry) => [
        entry.token,
        entry,
    ]),
);
