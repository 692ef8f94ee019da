// Filebeat's configuration: what it reads, what becomes of a line, and where it goes. Every setting that decides whether
// a line can be lost, doubled or kept waiting is set here, with its reason, because defaults differ between versions.

import { stringify } from "yaml";
import { canaryCategory, canaryStreamOf, dataStreamOf, deadLetterStreamOf } from "../formats/data-streams.ts";
import type { LogCategory } from "../formats/log-categories.ts";
import { canaryDirectory } from "../formats/log-tree.ts";
import { continuedLine } from "./continued-lines.ts";

/** What the configuration depends on. */
export interface FilebeatConfigArgs {
    /** Name of the stack, which ends the names of the data streams. */
    readonly stack: string;
    /** Root of the log tree, as Filebeat sees it. */
    readonly logRoot: string;
    readonly categories: readonly LogCategory[];
    /** Ship the canary's lines too; false by default. */
    readonly hasCanary?: boolean;
    readonly elasticsearchUrl: string;
    /**
     * File with the certificate of the authority that Elasticsearch's comes from, where it asks for a login; name and
     * password are in the environment then, as `ELASTICSEARCH_USERNAME` and `ELASTICSEARCH_PASSWORD`.
     */
    readonly authorityPath?: string;
    /** Port of Filebeat's own figures. */
    readonly httpPort: number;
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Filebeat puts the environment's value in its place.
const nodeName = "${NODE_NAME}";

/** Filebeat puts the environment's values in their places, so that the file holds no secret. */
const login = {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: see above.
    username: "${ELASTICSEARCH_USERNAME}",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: see above.
    password: "${ELASTICSEARCH_PASSWORD}",
};

/**
 * Bytes of the longest event that is shipped whole; what is beyond is cut off in search, flagged, and is in the archive.
 * Filebeat bounds its queue by events and not by bytes: so many of these have to fit into its memory.
 */
export const longestLine = 128 * 1024;

/**
 * Bytes up to which an event is read before it is cut. Filebeat skips a line that is longer than four times this, whole:
 * here it is in the archive alone. Each file that has such a line takes as much memory for a moment.
 */
const longestRead = 4 * 1024 * 1024;

/**
 * Documents in a bulk request. Elasticsearch takes 100 MiB at once, and Filebeat 7 would try a larger request for ever: so
 * many of the longest events are a third of that, and less than that when every byte of them needs an escape of two.
 */
const bulkDocuments = 256;

/** How often Filebeat looks for new, renamed and deleted files. Of 1,000 files this takes 1.5% of a processor more than twice a second. */
const scanInterval = "200ms";

/**
 * For how long a quiet file is held open. Nobody gets its inode meanwhile, so that no new file is taken for it and read
 * from its middle; a last line is read although the file is renamed or deleted at once. Filebeat 7 also closes a file
 * that it could not read on because Elasticsearch was away for so long, and looks at it again only when it grows
 * (elastic/beats, filebeat/input/filestream/filestream.go). The price: a file that is deleted keeps its place on the disk
 * until it was quiet for so long, or Filebeat starts again; and each takes 150 KiB of memory, as all of them do when
 * Filebeat starts.
 */
const heldOpen = "24h";

/** Events that wait in memory for Elasticsearch; the files are read no further until some have gone. */
const queuedEvents = 1024;

/** The text of `filebeat.yml`. */
export function filebeatConfig(args: FilebeatConfigArgs): string {
    const config = {
        // Name of the host in every line.
        name: nodeName,
        "filebeat.inputs": inputs(args),
        // Who shipped it: the same in every line, and longer than many a line.
        processors: [{ drop_fields: { fields: ["agent", "ecs"], ignore_missing: true } }],
        // Lines that were read and not acknowledged when Filebeat ends are read again: waiting saves that work.
        "filebeat.shutdown_timeout": "20s",
        queue: {
            mem: {
                events: queuedEvents,
                flush: { min_events: bulkDocuments, timeout: "1s" },
            },
        },
        output: {
            elasticsearch: {
                hosts: [args.elasticsearchUrl],
                ...(args.authorityPath !== undefined && {
                    ...login,
                    ssl: { certificate_authorities: [args.authorityPath], verification_mode: "full" },
                }),
                // Each input names its own data stream; what has none would show here.
                index: deadLetterStreamOf(args.stack),
                bulk_max_size: bulkDocuments,
                // What is acknowledged makes room while three other requests are under way. A longer queue would not fit into
                // the memory that Filebeat has when every event is as long as it may be.
                worker: 4,
                // It takes an eighth of Filebeat's work for a line, and saves five sixths of what goes from zone to zone.
                compression_level: 1,
                // Waits grow to this and go on for ever: no event is given up while Elasticsearch is away.
                backoff: { init: "1s", max: "15s" },
                timeout: "90s",
                // A line that Elasticsearch can't take stays searchable as a text, and nothing behind it waits.
                non_indexable_policy: { dead_letter_index: { index: deadLetterStreamOf(args.stack) } },
            },
        },
        // elastic-setup makes templates, policies and data views.
        setup: { template: { enabled: false }, ilm: { enabled: false } },
        http: { enabled: true, host: "0.0.0.0", port: args.httpPort },
        logging: {
            level: "info",
            to_stderr: true,
            json: true,
            metrics: { enabled: false },
            // From 8.15 on, whole refused lines go to a file of their own below logs/ whatever the settings above say. On a
            // read-only disk each is an error in the log; on another users' lines would lie on the node's disk, outside of
            // every retention. The lines are in the dead letter stream:
            // https://www.elastic.co/docs/reference/beats/filebeat/configuration-logging#_configuration_options_for_event_data_logger
            event_data: { to_files: false },
        },
    };
    return stringify(config, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The canary's lines go the way of users' lines, but for the data stream at its end. */
function inputs({ categories, hasCanary, stack, logRoot }: FilebeatConfigArgs): readonly object[] {
    const canary: LogCategory = { name: canaryCategory, directory: canaryDirectory, format: "json" };
    return [
        ...categories.map((category) => input(category, logRoot, dataStreamOf(category.name, stack))),
        ...(hasCanary ? [input(canary, logRoot, canaryStreamOf(stack))] : []),
    ];
}

function input(category: LogCategory, logRoot: string, stream: string): object {
    const { name, directory } = category;
    return {
        type: "filestream",
        id: name,
        enabled: true,
        paths: [`${logRoot}/${directory}/*.log`],
        index: stream,
        // By device and inode. The fingerprint, default from 9.0, ignores a file until it has 1,024 bytes, and files that
        // begin alike would be one; the path would make a replaced file go on in the middle.
        file_identity: { native: null },
        prospector: {
            scanner: {
                // A new file waits this long at most, and one that is gone before is never seen.
                check_interval: scanInterval,
                fingerprint: { enabled: false },
                // A link could lead to a file that is read already.
                symlinks: false,
            },
        },
        // A quiet file is looked at this often.
        backoff: { init: "500ms", max: "500ms" },
        close: {
            on_state_change: {
                inactive: heldOpen,
                // A file that is renamed or deleted is read to its end all the same.
                renamed: false,
                removed: false,
            },
        },
        // clean_inactive and ignore_older stay off: a line of a file that was quiet for a month is not lost.
        clean_removed: true,
        message_max_bytes: longestRead,
        // Bytes that are no UTF-8 are replaced, and the line flagged, where an application does not say what it writes.
        ...(category.encoding !== undefined && { encoding: category.encoding }),
        parsers: [
            {
                multiline: {
                    type: "pattern",
                    ...belongsToLineBefore(category),
                    match: "after",
                    max_lines: 5000,
                    // A trace whose second half comes two seconds later is one event.
                    timeout: "3s",
                },
            },
        ],
        processors: processors(category),
    };
}

/** Which lines belong to the event before them. */
function belongsToLineBefore({ multilineStart }: LogCategory): { readonly pattern: string; readonly negate: boolean } {
    return multilineStart === undefined
        ? { pattern: continuedLine.replaceAll("$", "$$$$"), negate: false }
        : // Filebeat takes "${" for a variable and "$$" for a "$".
          { pattern: multilineStart.replaceAll("$", "$$$$"), negate: true };
}

/**
 * What becomes of a line, in this order. It stays the text that it is: nothing that an application writes can become a
 * field here, by which Filebeat or Elasticsearch would act. Elasticsearch decodes it, by a pipeline of its own
 * (docs/decisions/0022-lines-are-decoded-in-elasticsearch.md).
 */
function processors({ name: category }: LogCategory): readonly object[] {
    return [
        // Where rotation has given back disk space, a Filebeat without its registry reads zero bytes.
        { drop_event: { when: { regexp: { message: "^\\x00+$$" } } } },
        { truncate_fields: { fields: ["message"], max_bytes: longestLine, fail_on_error: false } },
        // The kind of Filebeat's input, and where the file lies on its disk (from 8.12 on: elastic/beats,
        // libbeat/reader/readfile/fs_metafields_other.go). They are the same in every line of a file, and not those of
        // another node or after a restore.
        { drop_fields: { fields: ["input", "log.file.device_id", "log.file.inode"], ignore_missing: true } },
        { add_fields: { target: "", fields: { category, kubernetes: { node: { name: nodeName } } } } },
        {
            // The same line at the same place is the same document, however often it is read. The text is part of it,
            // because a file that took another's place has other lines at the same offsets.
            fingerprint: {
                fields: ["kubernetes.node.name", "log.file.path", "log.offset", "message"],
                target_field: "@metadata.fingerprint",
                method: "md5",
                encoding: "base32",
            },
        },
        {
            // 80 bits tell the lines of an index apart: of a thousand million, two have the same with a chance of one in two
            // million. Elasticsearch keeps these 16 letters as 12 bytes; each byte more would be there twice with every line.
            dissect: {
                field: "@metadata.fingerprint",
                tokenizer: "%{_id#16}%{?rest}",
                target_prefix: "@metadata",
                overwrite_keys: true,
            },
        },
    ];
}
