// The log tree that applications write to: which directories there are, and what log each has from the start.

/** Root of the log tree, on the node and in every pod that does not say otherwise. */
export const logRoot = "/var/log/chattingo";

/** Directory of each category of logs, and the file that exists in it from the start. */
export const categoryLogs: Readonly<Record<string, string>> = {
    app: "application.log",
    auth: "auth.log",
    chat: "chat.log",
    error: "error.log",
    system: "system.log",
    websocket: "websocket.log",
};

/** Directories of the logging system's own parts, empty from the start. */
export const componentDirectories = ["elasticsearch", "kibana", "filebeat"] as const;

/** Directory of the archives; a volume of its own is mounted there in the pods that use it. */
export const archiveDirectory = "archive";

/** Directory of the canary's lines, which only their writer may change; rotation leaves it alone. */
export const canaryDirectory = "canary";

/** Directory of rotation's journal, on the file system of the logs. */
export const journalDirectory = ".rotation";

/**
 * What an application and its directory may be called. Without "_", because the name of an archive begins with the
 * directory and goes on after the first one.
 */
export const applicationLabel = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Directories that no application can have. */
export const takenDirectories: readonly string[] = [
    ...Object.keys(categoryLogs),
    ...componentDirectories,
    archiveDirectory,
    canaryDirectory,
    journalDirectory,
];
