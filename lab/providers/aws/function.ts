// What the provider knows of one function of the AWS package, which a program calls to look something up.

import type { Clients } from "./clients.ts";
import type { Properties, PropertyRule } from "./resource-type.ts";

/** One function. */
export interface AwsFunction {
    /** Pulumi's token, for example `aws:index/getRegion:getRegion`. */
    readonly token: string;
    readonly schema: Readonly<Record<string, PropertyRule>>;
    /**
     * Looks it up; `args` fit the schema.
     *
     * @throws an error that names what was not found
     */
    call(clients: Clients, args: Properties): Promise<Properties>;
}
