// The partition of AWS that a region belongs to.

/** A partition and the end of its host names. */
export interface Partition {
    readonly name: string;
    readonly dnsSuffix: string;
}

/** Partition of a region (https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html). */
export function partitionOf(region: string): Partition {
    if (region.startsWith("cn-")) {
        return { name: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
    }
    if (region.startsWith("us-gov-")) {
        return { name: "aws-us-gov", dnsSuffix: "amazonaws.com" };
    }
    return { name: "aws", dnsSuffix: "amazonaws.com" };
}
