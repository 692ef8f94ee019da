// The configuration files of Elasticsearch: elasticsearch.yml and the options of its JVM. Where its logs go is left to the
// image's log4j2.properties: everything to standard output as one JSON object a line, slow logs and audit with layouts of
// their own, repeated deprecations once, and warnings in the headers of answers
// (elastic/elasticsearch, distribution/docker/build.gradle and distribution/src/config/log4j2.properties).

import { stringify } from "yaml";
import { mebibytes } from "./memory.ts";
import { authorityFile } from "./search-login.ts";

/** What the files depend on. */
export interface ElasticsearchFilesArgs {
    /** Name of the cluster, which its nodes and its clients see. */
    readonly clusterName: string;
    /** One node, or the nodes that may found the cluster and the name under which all of them are found. */
    readonly discovery: "single-node" | { readonly founders: readonly string[]; readonly seedHost: string };
    /** Memory limit of a node, a Kubernetes quantity. */
    readonly memory: string;
    /** The file `roles.yml`; undefined: whoever reaches it may do anything, without TLS. */
    readonly roles?: string;
}

/** The Service by which the nodes find each other. */
export const headlessServiceName = "elasticsearch-headless";

/** Folder of the certificates, in the `config` folder: Elasticsearch may read no other. */
export const certificateFolder = "certificates";

/** A port that takes connections while the node has a master and has recovered its state, and says nothing. */
export const readinessPort = 9399;

/** Most heap for which the JVM still uses compressed pointers, with room to spare; more would hold less. */
const largestHeapMebibytes = 30 * 1024;

/** The files by name, as they lie in the `config` folder of Elasticsearch. */
export function elasticsearchFiles(args: ElasticsearchFilesArgs): Record<string, string> {
    return {
        "elasticsearch.yml": elasticsearchYml(args),
        "chattingo.options": jvmOptions(args.memory),
        ...(args.roles !== undefined && { "roles.yml": args.roles }),
    };
}

function elasticsearchYml({ clusterName, discovery, roles }: ElasticsearchFilesArgs): string {
    const settings = {
        "cluster.name": clusterName,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Elasticsearch puts the environment's value in its place.
        "node.name": "${POD_NAME}",
        "network.host": "0.0.0.0",
        "http.port": 9200,
        "transport.port": 9300,
        // A line makes its data stream by the template that elastic-setup made, and never an index without one; nor does a
        // typing error make an index. What Elastic's own programs need begins with a dot.
        "action.auto_create_index": "+.*,-*",
        "action.destructive_requires_name": true,
        // It would fetch its databases over a network that the policies close, and nothing here looks up an address:
        // elastic/elasticsearch, modules/ingest-geoip/src/main/java/org/elasticsearch/ingest/geoip/GeoIpDownloaderTaskExecutor.java
        "ingest.geoip.downloader.enabled": false,
        // It would ask Elastic's inference service, at each start and every few minutes, what models it may use there:
        // elastic/elasticsearch, x-pack/plugin/inference/src/main/java/org/elasticsearch/xpack/inference/services/elastic/ElasticInferenceServiceSettings.java
        "xpack.inference.elastic.authorization.enabled": false,
        ...(roles === undefined ? { "xpack.security.enabled": false } : security),
        ...(discovery === "single-node"
            ? { "discovery.type": "single-node" }
            : {
                  "discovery.seed_hosts": discovery.seedHost,
                  // Read once, when a cluster is founded; it stays the same however many nodes join later.
                  "cluster.initial_master_nodes": discovery.founders,
              }),
    };
    // Elasticsearch takes an alias for a text.
    return stringify(settings, { aliasDuplicateObjects: false });
}

const certificate = {
    enabled: true,
    key: `${certificateFolder}/tls.key`,
    certificate: `${certificateFolder}/tls.crt`,
    certificate_authorities: [`${certificateFolder}/${authorityFile}`],
};

/**
 * Users from files, then those that people make in Kibana (docs/decisions/0007-users-and-tls-of-search.md). Renewed
 * certificates are read without a restart.
 */
const security = {
    "xpack.security.enabled": true,
    "xpack.security.authc.realms.file.programs.order": 0,
    "xpack.security.authc.realms.native.people.order": 1,
    "xpack.security.http.ssl": certificate,
    // Nodes find each other by addresses, which no certificate can name: the authority's signature has to do.
    "xpack.security.transport.ssl": { ...certificate, verification_mode: "certificate" },
    // Probes have no password: https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings
    "readiness.port": readinessPort,
};

/**
 * Heap of half the memory, the rest for the file system's cache
 * (https://www.elastic.co/docs/reference/elasticsearch/jvm-settings#set-jvm-heap-size), and the JVM's own log on
 * standard output instead of a file that nobody reads and that fills the disk.
 */
export function jvmOptions(memory: string): string {
    const heap = Math.min(Math.floor(mebibytes(memory) / 2), largestHeapMebibytes);
    return [
        `-Xms${heap}m`,
        `-Xmx${heap}m`,
        "-Xlog:disable",
        "-Xlog:all=warning:stdout:utctime,level,tags",
        "-Xlog:gc:stdout:utctime,level,tags",
        "",
    ].join("\n");
}
