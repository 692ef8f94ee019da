// The npm packages that package-lock.json pins: what is installed, wherever this program runs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../settings/project-files.ts";

/** One pinned package. */
export interface LockedPackage {
    readonly name: string;
    readonly version: string;
    /** As its author states it, mostly an SPDX expression (https://spdx.org/licenses/); undefined: not stated. */
    readonly license?: string;
    /** Nothing that is deployed needs it: tests and checks do. */
    readonly isForDevelopment: boolean;
}

interface Lockfile {
    readonly packages: Readonly<
        Record<
            string,
            {
                readonly name?: string;
                readonly version: string;
                readonly license?: string;
                readonly dev?: boolean;
                /** Where a package is a folder of this project: what leads there. The folder has an entry of its own. */
                readonly link?: boolean;
            }
        >
    >;
}

const installFolder = "node_modules/";

/** Every pinned package, once a version, by name; https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export function lockedPackages(folder: string = projectFolder): readonly LockedPackage[] {
    const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as Lockfile;
    const found = new Map<string, LockedPackage>();
    for (const [path, { name = nameOf(path), version, license, dev = false, link }] of Object.entries(packages)) {
        if (path !== "" && !link) {
            const known = found.get(`${name}@${version}`);
            const isForDevelopment = dev && (known?.isForDevelopment ?? true);
            found.set(`${name}@${version}`, { name, version, license, isForDevelopment });
        }
    }
    return [...found.values()].toSorted(
        (one, other) => one.name.localeCompare(other.name, "en") || one.version.localeCompare(other.version, "en"),
    );
}

/** Packages lie in folders of their names, also below those that need another version of them. */
function nameOf(path: string): string {
    return path.slice(path.lastIndexOf(installFolder) + installFolder.length);
}
