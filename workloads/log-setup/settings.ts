// What log-setup is told by its environment.

import { isAbsolute } from "node:path";
import { readApplicationDirectories } from "../application-directories.ts";
import { defaultLogRoot } from "../log-tree.ts";

/** Settings of log-setup. */
export interface LogSetupSettings {
    readonly logRoot: string;
    /** Group that may write logs. */
    readonly groupId: number;
    /** Directories of applications, beside those of the six categories. */
    readonly applicationDirectories: readonly string[];
}

const defaultGroupId = "10001";
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
    const groupText = environment.LOG_GROUP_ID || defaultGroupId;
    const groupId = /^\d+$/.test(groupText) ? Number(groupText) : Number.NaN;
    if (!(groupId <= largestGroupId)) {
        problems.push(`LOG_GROUP_ID=${groupText}: expected the number of a group, such as ${defaultGroupId}`);
    }
    const { applicationDirectories, problems: wrongDirectories } = readApplicationDirectories(environment);
    problems.push(...wrongDirectories);
    return problems.length > 0 ? { problems } : { settings: { logRoot, groupId, applicationDirectories }, problems };
}
