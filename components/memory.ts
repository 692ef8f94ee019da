// Sizes of memory that one container's settings have to agree on.

import { quantityValue } from "../formats/quantity.ts";

/** The MiB that a quantity of memory holds, rounded down. */
export function mebibytes(quantity: string): number {
    return Math.floor((quantityValue(quantity) ?? Number.NaN) / 2 ** 20);
}
