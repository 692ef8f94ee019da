// What Prometheus reads. Counts are kept as passes end, and what waits is what passes know of: a scrape lists no directory,
// which takes long on a network volume with thousands of archives. Only the space of the volumes is asked for at each.

import { statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { Counter, Gauge, Registry } from "prom-client";
import { type FailureReason, failureReasons } from "./failure.ts";
import type { PassContext } from "./pass-context.ts";
import type { PassSummary } from "./pass-report.ts";

const prefix = "chattingo_s3_uploader_";

/** Failing archives that are named, at most: each is a series. The log names all. */
const mostNamed = 20;

/** Type of a container's own file system: a directory there lies on no volume (`OVERLAYFS_SUPER_MAGIC`, linux/magic.h). */
const overlay = 0x794c7630;

/** The metrics of one process. */
export interface UploaderMetrics {
    /** The text for Prometheus. */
    read(): Promise<{ readonly contentType: string; readonly text: string }>;
    /** Counts what a pass did. */
    observe(summary: PassSummary): void;
    /** Counts a failure that is in no summary. */
    observeFailure(reason: FailureReason): void;
}

/** Makes the counter of failures; all reasons are there from the start, so that a first failure is an increase. */
export function createFailureCounter(registry: Registry): Counter<"reason"> {
    const failures = new Counter({
        name: `${prefix}failures_total`,
        help: "Things that failed in a pass or of the configuration, by reason.",
        labelNames: ["reason"] as const,
        registers: [registry],
    });
    for (const reason of failureReasons) {
        failures.inc({ reason }, 0);
    }
    return failures;
}

/**
 * Makes the metrics.
 *
 * @param logVolume path on the volume of the live logs
 */
export function createMetrics(context: PassContext, logVolume: string): UploaderMetrics {
    const registry = new Registry();
    const counter = (name: string, help: string) =>
        new Counter({ name: `${prefix}${name}`, help, registers: [registry] });
    const gauge = (name: string, help: string) => new Gauge({ name: `${prefix}${name}`, help, registers: [registry] });

    const uploadedBytes = counter("uploaded_bytes_total", "Bytes of archives uploaded and confirmed.");
    const uploadedObjects = counter("uploaded_objects_total", "Archives uploaded and confirmed.");
    const deleted = counter("deleted_archives_total", "Local archives deleted after S3 had confirmed them.");
    const failures = createFailureCounter(registry);
    const retries = counter("retries_total", "Requests to S3 that failed and were tried again.");
    const rebuiltManifests = counter(
        "rebuilt_manifests_total",
        "Manifests that were damaged or gone and were rebuilt.",
    );
    const reachable = gauge(
        "s3_reachable",
        "1 if S3 did what it was asked last, 0 if it did not or could not be reached; no value before it was asked.",
    );
    const lastSuccess = gauge(
        "last_success_timestamp_seconds",
        "When the last pass without failure ended, as Unix time; 0 before the first.",
    );
    const lastPassSeconds = gauge("last_pass_seconds", "How long the last pass took.");

    const waiting = gauge(
        "archives_waiting",
        "Archives that passes have found on the volume and S3 has not confirmed.",
    );
    const oldest = gauge(
        "oldest_archive_age_seconds",
        "Age of the oldest archive that waits for its upload, since its rotation; 0 when none waits.",
    );
    const failing = new Gauge({
        name: `${prefix}archive_failing`,
        help: "1 for an archive that failed when it was tried last; the next pass tries it after all others.",
        labelNames: ["archive", "reason"],
        registers: [registry],
    });
    const volumeGauge = (name: string, help: string) =>
        new Gauge({ name: `${prefix}${name}`, help, labelNames: ["volume"], registers: [registry] });
    const size = volumeGauge("volume_size_bytes", "Size of the volume of the live logs or of an upload directory.");
    const free = volumeGauge("volume_free_bytes", "Bytes that are free for use on the volume.");
    const lookAtVolumes = async (): Promise<void> => {
        waiting.set(context.memory.waiting);
        oldest.set(context.memory.oldestSeconds());
        failing.reset();
        for (const [path, reason] of [...context.memory.failing].slice(0, mostNamed)) {
            failing.set({ archive: relative(context.logRoot, path), reason }, 1);
        }
        for (const { volume, path } of volumes(context, logVolume)) {
            // What cannot be read or is no volume has no value: that of some other disk would mislead an alert.
            const stats = await statfs(path).catch(() => undefined);
            if (stats && stats.type !== overlay) {
                size.set({ volume }, stats.blocks * stats.bsize);
                free.set({ volume }, stats.bavail * stats.bsize);
            } else {
                size.remove({ volume });
                free.remove({ volume });
            }
        }
    };
    return {
        async read() {
            await lookAtVolumes();
            const { trouble } = context.store;
            if (trouble === "unknown") {
                reachable.remove();
            } else {
                reachable.set(trouble === undefined ? 1 : 0);
            }
            return { contentType: registry.contentType, text: await registry.metrics() };
        },
        observeFailure(reason) {
            failures.inc({ reason });
        },
        observe(summary) {
            uploadedBytes.inc(summary.uploadedBytes);
            uploadedObjects.inc(summary.uploaded);
            deleted.inc(summary.deleted);
            retries.inc(summary.retries);
            rebuiltManifests.inc(summary.rebuiltManifests);
            for (const { reason } of summary.failures) {
                failures.inc({ reason });
            }
            lastPassSeconds.set(summary.seconds);
            if (summary.failures.length === 0) {
                lastSuccess.setToCurrentTime();
            }
        },
    };
}

/** The volume of the live logs is `log`; an upload directory goes by its name, such as `archive`. */
function volumes(
    { logRoot, config }: PassContext,
    logVolume: string,
): readonly { readonly volume: string; readonly path: string }[] {
    return [
        { volume: "log", path: logVolume },
        ...config.upload.directories.map((directory) => ({ volume: directory, path: join(logRoot, directory) })),
    ];
}
