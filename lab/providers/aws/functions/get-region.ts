// aws:index/getRegion:getRegion, for the provider's region or a given one. The region's `description` is not covered.

import type { AwsFunction } from "../function.ts";

export const getRegion: AwsFunction = {
    token: "aws:index/getRegion:getRegion",
    schema: { region: { shape: "string" } },

    async call({ region }) {
        return { endpoint: `ec2.${region}.amazonaws.com`, id: region, name: region, region };
    },
};
