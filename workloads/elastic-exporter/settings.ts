// What the exporter is told by its environment.

/** Whose metrics are shown. */
export type Source =
    | { readonly kind: "filebeat"; readonly url: string; readonly logVolume?: string | undefined }
    | { readonly kind: "kibana"; readonly url: string };

/** Settings of the exporter. */
export interface ExporterSettings {
    readonly source: Source;
    /** 0 lets the kernel choose one. */
    readonly port: number;
}

const defaultPort = 9103;

/** @throws an error that names the variable, its value and what is expected */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): ExporterSettings {
    const { FILEBEAT_URL, KIBANA_URL, LOG_VOLUME, METRICS_PORT } = environment;
    if ((FILEBEAT_URL === undefined) === (KIBANA_URL === undefined)) {
        throw new Error("set one of FILEBEAT_URL and KIBANA_URL, such as FILEBEAT_URL=http://localhost:5066");
    }
    const port = Number(METRICS_PORT ?? defaultPort);
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
        throw new Error(`METRICS_PORT=${METRICS_PORT}: expected a port, 0 to 65535`);
    }
    const source: Source =
        FILEBEAT_URL === undefined
            ? { kind: "kibana", url: checkedUrl("KIBANA_URL", KIBANA_URL ?? "") }
            : { kind: "filebeat", url: checkedUrl("FILEBEAT_URL", FILEBEAT_URL), logVolume: LOG_VOLUME };
    return { source, port };
}

function checkedUrl(variable: string, value: string): string {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
        throw new Error(`${variable}=${value}: expected a URL, such as http://localhost:5066`);
    }
    return url.href.replace(/\/$/, "");
}
