// What a preview would do, as Markdown for a pull request: what is deleted and replaced first, what holds data marked.

/** What is read of the output of `pulumi preview --json`. */
export interface PreviewDigest {
    /** Left out when there are none. */
    readonly steps?: readonly {
        /** https://www.pulumi.com/docs/reference/cloud-rest-api/schema/appresourcepreevent/ lists them. */
        readonly op: string;
        readonly urn: string;
        /** Differences by the path of the property. */
        readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
    }[];
}

/** Types whose deletion takes data along. */
const dataHolders = new Set([
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:PersistentVolumeClaim",
]);

const changes = ["deleted", "replaced", "created", "changed", "unhealthy"] as const;
type Change = (typeof changes)[number];

/** Every other operation leaves the resource as it is. A replacement comes as up to three steps. */
const changeOfOperation: Readonly<Record<string, Change>> = {
    delete: "deleted",
    replace: "replaced",
    "create-replacement": "replaced",
    "delete-replaced": "replaced",
    "import-replacement": "replaced",
    create: "created",
    import: "created",
    update: "changed",
};

/** One resource that a preview would not leave as it is. */
export interface PreviewedChange {
    readonly change: Change;
    readonly type: string;
    readonly name: string;
    /** Paths of the properties that differ; none of what is unhealthy. */
    readonly properties: readonly string[];
    readonly holdsData: boolean;
}

/** Most rows of a table: GitHub refuses a comment of more than 65,536 characters. */
const mostRows = 60;
const mostProperties = 6;

/** The changes of a preview, by urgency: kind of change, then what holds data, then type and name. */
export function previewedChanges({ steps = [] }: PreviewDigest): readonly PreviewedChange[] {
    const found = new Map<string, PreviewedChange>();
    for (const { op, urn, detailedDiff } of steps) {
        const change = isUnhealthy(op, detailedDiff) ? "unhealthy" : changeOfOperation[op];
        if (change === undefined) {
            continue;
        }
        const [, , types = "", ...name] = urn.split("::");
        const type = types.slice(types.lastIndexOf("$") + 1);
        const properties = new Set([...(found.get(urn)?.properties ?? []), ...Object.keys(detailedDiff ?? {})]);
        found.set(urn, {
            change,
            type,
            name: name.join("::"),
            properties: [...properties].toSorted(),
            holdsData: dataHolders.has(type),
        });
    }
    return [...found.values()].toSorted(
        (one, other) =>
            changes.indexOf(one.change) - changes.indexOf(other.change) ||
            Number(other.holdsData) - Number(one.holdsData) ||
            compare(one.type, other.type) ||
            compare(one.name, other.name),
    );
}

/**
 * Whether the step is that of a resource which a refresh found as it should be and not ready, such as a DaemonSet of which
 * one node is down: the engine looks at it again in the next `pulumi up`, and changes no property.
 */
function isUnhealthy(operation: string, detailedDiff: object | null | undefined): boolean {
    const isKnown = detailedDiff !== undefined && detailedDiff !== null;
    return operation === "update" && isKnown && Object.keys(detailedDiff).length === 0;
}

/** First line of the comment of a stack, by which a later run finds and replaces it. */
export function commentMarker(stack: string): string {
    return `<!-- pulumi-preview: ${stack} -->`;
}

/** The comment. Property values stay out of it, because they may be secret. */
export function previewMarkdown(stack: string, digest: PreviewDigest): string {
    const all = previewedChanges(digest);
    const lost = all.filter(({ change, holdsData }) => holdsData && (change === "deleted" || change === "replaced"));
    const counts = changes
        .map((change) => ({ change, count: all.filter((one) => one.change === change).length }))
        .filter(({ change, count }) => change !== "unhealthy" || count > 0)
        .map(({ change, count }) => `${count} ${change}`);
    return [
        commentMarker(stack),
        `### Preview of ${stack}`,
        "",
        all.length === 0 ? "Nothing changes." : `${counts.join(", ")}.`,
        ...(lost.length === 0
            ? []
            : ["", "> [!CAUTION]", `> Data would be lost: ${lost.map(({ name }) => code(name)).join(", ")}.`]),
        ...changes.flatMap((change) =>
            table(
                change,
                all.filter((one) => one.change === change),
            ),
        ),
        "",
    ].join("\n");
}

function table(change: Change, rows: readonly PreviewedChange[]): readonly string[] {
    if (rows.length === 0) {
        return [];
    }
    const shown = rows.slice(0, mostRows);
    return [
        "",
        `**${change[0]?.toUpperCase()}${change.slice(1)}**`,
        "",
        "| Resource | Type | Properties |",
        "|---|---|---|",
        ...shown.map(
            ({ name, type, properties, holdsData }) =>
                `| ${code(name)}${holdsData ? " **(holds data)**" : ""} | ${code(type)} | ${listed(properties)} |`,
        ),
        ...(rows.length > shown.length ? ["", `and ${rows.length - shown.length} more.`] : []),
    ];
}

function listed(properties: readonly string[]): string {
    const shown = properties.slice(0, mostProperties).map(code);
    const rest = properties.length - shown.length;
    return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

/** Text as code in a cell of a table, cut where nobody would read on. */
function code(text: string): string {
    const flat = text.replaceAll(/[`\s]+/g, " ").replaceAll("|", "\\|");
    return `\`${flat.length > 120 ? `${flat.slice(0, 119)}…` : flat}\``;
}

function compare(one: string, other: string): number {
    return one < other ? -1 : Number(one > other);
}
