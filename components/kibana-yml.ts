// Kibana's file kibana.yml. Every setting stands in it, and none in the environment: the image's start script makes an
// argument of each variable that looks like a setting, and any process of the node can read arguments
// (elastic/kibana, src/dev/build/tasks/os_packages/docker_generator/resources/base/bin/kibana-docker). Secrets are named
// here by variables that the script does not know, and Kibana itself puts their values in
// (elastic/kibana, src/platform/packages/shared/kbn-config/src/raw/utils.ts).

import { stringify } from "yaml";

/** What Kibana encrypts, each with a key of its own: sessions, connectors and rules, reports. */
export const encryptedUses = ["security", "encryptedSavedObjects", "reporting"] as const;

/** One of {@link encryptedUses}. */
export type EncryptedUse = (typeof encryptedUses)[number];

/** Begins the variables with name and password for Elasticsearch, which end in `USERNAME` and `PASSWORD`. */
export const loginPrefix = "SEARCH_";

/** The variables with the keys. */
export const keyVariables: Readonly<Record<EncryptedUse, string>> = {
    security: "SESSION_KEY",
    encryptedSavedObjects: "OBJECT_KEY",
    reporting: "REPORT_KEY",
};

/** What the file depends on. */
export interface KibanaYmlArgs {
    readonly elasticsearchUrl: string;
    /** File with the certificate of Elasticsearch's authority; undefined: Elasticsearch asks nobody who they are. */
    readonly authorityPath?: string;
    /** Files of Kibana's own certificate and its key; undefined: it speaks plain HTTP. */
    readonly server?: { readonly certificatePath: string; readonly keyPath: string };
    /** Address at which people reach it; undefined: it has none of its own. */
    readonly publicUrl?: string;
}

/** The text of `kibana.yml`, which takes the place of the image's. */
export function kibanaYml({ elasticsearchUrl, authorityPath, server, publicUrl }: KibanaYmlArgs): string {
    const settings = {
        "server.name": "kibana",
        "server.host": "0.0.0.0",
        ...(publicUrl !== undefined && { "server.publicBaseUrl": publicUrl }),
        // https://www.elastic.co/docs/reference/kibana/configuration-reference/general-settings#server-ssl-enabled
        ...(server !== undefined && {
            "server.ssl.enabled": true,
            "server.ssl.certificate": server.certificatePath,
            "server.ssl.key": server.keyPath,
        }),
        // As in the image's own file: elastic/kibana, .../docker_generator/templates/kibana_yml.template.ts.
        "server.shutdownTimeout": "5s",
        "monitoring.ui.container.elasticsearch.enabled": true,
        "elasticsearch.hosts": [elasticsearchUrl],
        ...(authorityPath !== undefined && {
            "elasticsearch.username": fromVariable(`${loginPrefix}USERNAME`),
            "elasticsearch.password": fromVariable(`${loginPrefix}PASSWORD`),
            "elasticsearch.ssl.certificateAuthorities": [authorityPath],
        }),
        ...Object.fromEntries(
            encryptedUses.map((use) => [`xpack.${use}.encryptionKey`, fromVariable(keyVariables[use])] as const),
        ),
        ...nothingOutside,
    };
    return stringify(settings, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/**
 * What Kibana would ask or tell its maker. The network policies close these ways; without them each request would wait
 * for its time to run out, and each would be an error in the log.
 */
const nothingOutside = {
    // elastic/kibana, src/platform/plugins/shared/telemetry/server/config/config.ts
    "telemetry.enabled": false,
    // elastic/kibana, src/platform/plugins/shared/newsfeed/server/config.ts
    "newsfeed.enabled": false,
    // Packages of integrations, and rules of security with them: elastic/kibana,
    // x-pack/platform/plugins/shared/fleet/server/config.ts. The image takes it from no variable.
    "xpack.fleet.isAirGapped": true,
    // Base maps: https://www.elastic.co/docs/explore-analyze/visualize/maps/maps-connect-to-ems#disable-ems
    "map.includeElasticMapsService": false,
};

function fromVariable(variable: string): string {
    return `\${${variable}}`;
}
