// What log-setup is told by its environment.

import { isAbsolute } from "node:path";
import { logRoot as defaultLogRoot } from "../../formats/log-tree.ts";
import { readApplicationDirectories } from "../application-directories.ts";

/** Settings of log-setup. */
export interface LogSetupSettings {
    readonly logRoot: string;
    /** Group that may write logs. */
    readonly groupId: number;
    /** Directories of applications, beside those of the six categories. */
    readonly applicationDirectories: readonly string[];
    /** Group that may write the canary's lines. */
    readonly canaryGroupId: number;
}

const defaultGroupId = "10001";
const defaultCanaryGroupId = "10003";
const largestGroupId = 2 ** 32 - 2;

/** The settings, or everything that is wrong with them. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
    readonly settings?: LogSetupSettings;
    readonly problems: readonly string[];
} {
    const problems: string[] = [];
    const logRoot = environment.LOG_ROOT || defaultLogRoot;
    if (!isAbsolute(logRoot)) {
        problems.push(`LOG_ROOT=${logRoot}: expected an absolute path, such as ${defaultLogRoot}`);
    }
    const group = (variable: string, defaultId: string): number => {
        const text = environment[variable] || defaultId;
        const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
        if (!(id <= largestGroupId)) {
            problems.push(`${variable}=${text}: expected the number of a group, such as ${defaultId}`);
        }
        return id;
    };
    const groupId = group("LOG_GROUP_ID", defaultGroupId);
    const canaryGroupId = group("CANARY_GROUP_ID", defaultCanaryGroupId);
    const { applicationDirectories, problems: wrongDirectories } = readApplicationDirectories(environment);
    problems.push(...wrongDirectories);
    const settings = { logRoot, groupId, canaryGroupId, applicationDirectories };
    return problems.length > 0 ? { problems } : { settings, problems };
}
