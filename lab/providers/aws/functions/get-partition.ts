// aws:index/getPartition:getPartition

import type { AwsFunction } from "../function.ts";
import { partitionOf } from "../partition.ts";

export const getPartition: AwsFunction = {
    token: "aws:index/getPartition:getPartition",
    schema: {},

    async call({ region }) {
        const { dnsSuffix, name } = partitionOf(region);
        return {
            dnsSuffix,
            id: name,
            partition: name,
            reverseDnsPrefix: dnsSuffix.split(".").toReversed().join("."),
        };
    },
};
