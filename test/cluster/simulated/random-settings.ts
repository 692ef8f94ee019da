// Values of settings at random, those at the edge of what is allowed among them: what settings/ lets pass has to come up.

import fc from "fast-check";
import { type Key, qualified } from "../../../settings/keys.ts";
import { readStackConfig } from "../../../settings/stack-config.ts";
import { archiveStorageClasses } from "../../../settings/storage-classes.ts";

/** A stack's name and its whole configuration, as texts. */
export interface RandomStack {
    readonly stack: string;
    readonly config: Readonly<Record<string, string>>;
}

type Text = fc.Arbitrary<string>;

const oneOf = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
const number = (least: number, most: number): Text =>
    fc.oneof(oneOf(String(least), String(most)), fc.integer({ min: least, max: most }).map(String));
const yesOrNo = oneOf("true", "false");
const optional = (text: Text): Text => fc.oneof({ arbitrary: oneOf(""), weight: 1 }, { arbitrary: text, weight: 4 });
/** A DNS label, short as most are or of up to `most` characters. */
const label = (most = 63): Text =>
    fc
        .oneof(
            fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/),
            fc.stringMatching(new RegExp(`^[a-z0-9][a-z0-9-]{${most - 4},${most - 2}}[a-z0-9]$`)),
        )
        .filter((text) => text.length <= most);
const subdomain: Text = fc.array(label(), { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const secret: Text = fc.string({ minLength: 32, maxLength: 64 });
const amount = (units: readonly string[]): Text =>
    fc
        .tuple(
            fc.oneof(fc.integer({ min: 1, max: 4096 }).map(String), oneOf("1.5", ".5", "+2", "0.25", "1e3", "1.")),
            oneOf(...units),
        )
        .map(([digits, unit]) => `${digits}${unit}`);
const bytes = amount(["", "k", "Ki", "M", "Mi", "G", "Gi", "T", "Ti", "P", "Pi", "m", "e9", "E10"]);
const cpu = amount(["", "m"]);
const mapOf = (values: Text): Text =>
    fc
        .dictionary(
            fc.oneof(
                fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?$/),
                fc.stringMatching(
                    /^[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9_.-]{0,20}[A-Za-z0-9])?$/,
                ),
                oneOf("release", "app", "tier", "app.kubernetes.io/managed-by", "__proto__", "constructor"),
            ),
            values,
            { maxKeys: 4 },
        )
        .map((map) => JSON.stringify(map));
const labelText: Text = fc.stringMatching(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/);
const cidr: Text = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, length]) => `${address}/${length}`),
);
const blocks: Text = fc.array(cidr, { maxLength: 3 }).map((list) => JSON.stringify(list));
const cronField = (least: number, most: number, ...names: readonly string[]): Text => {
    const one = fc.oneof(
        fc.integer({ min: least, max: most }).map(String),
        ...(names.length > 0 ? [oneOf(...names)] : []),
    );
    const part = fc.oneof(
        one,
        oneOf("*", "?"),
        fc.tuple(one, one).map(([from, to]) => `${from}-${to}`),
        fc
            .tuple(oneOf("*", "?", String(least)), fc.integer({ min: 1, max: most + 10 }))
            .map(([of, step]) => `${of}/${step}`),
    );
    return fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
};
const schedule: Text = fc.oneof(
    fc
        .tuple(
            cronField(0, 59),
            oneOf("*", "*/2", "?", "0-23/2"),
            oneOf("*", "?"),
            oneOf("*", "1-12", "JAN-DEC"),
            oneOf("*", "0-6", "sun-SAT"),
        )
        .map((fields) => fields.join(" ")),
    fc
        .tuple(
            cronField(0, 59),
            cronField(0, 23),
            cronField(1, 31),
            cronField(1, 12, "JAN", "dec"),
            cronField(0, 6, "MON", "sun"),
        )
        .map((fields) => fields.join(" ")),
);
const image: Text = fc
    .tuple(
        oneOf("", "docker.io/", "registry.example:5000/", "EXAMPLE.com/", "localhost/"),
        fc.array(fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8})?$/), { minLength: 1, maxLength: 3 }),
        oneOf(":1", ":24.21.0-bookworm-slim", ":v_1.2", `@sha256:${"a".repeat(64)}`, `:1@sha256:${"0".repeat(64)}`),
    )
    .map(([registry, path, version]) => `${registry}${path.join("/")}${version}`);
const application = fc.record(
    {
        name: label(40),
        directory: label(40),
        format: oneOf("json", "text"),
        multilineStart: oneOf("^\\d{4}-", "^[^ \\t]", "(?i)^start|^begin", "^[$][{]x}", "'\"\\\\"),
        timeZone: oneOf("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"),
        timeFormat: oneOf("dd/MM/yyyy HH:mm:ss", "yyyy-MM-dd HH:mm:ss,SSS"),
        retentionDays: fc.integer({ min: 1, max: 400 }),
    },
    { requiredKeys: ["name"] },
);

/** What each setting may be, nearly always within what is allowed by itself. */
const values: Readonly<Record<Key, Text>> = {
    "aws:region": oneOf("us-east-1", "eu-central-1", "us-gov-west-1", "ap-southeast-3"),
    applications: fc.array(application, { maxLength: 3 }).map((list) => JSON.stringify(list)),
    "rotation.maxAgeDays": number(1, 3650),
    "rotation.maxSizeMb": number(0, 1_048_576),
    "rotation.archiveWithinHours": number(0, 87_600),
    "rotation.maxArchiveMb": number(1, 1_048_576),
    "rotation.compress": yesOrNo,
    "rotation.schedule": schedule,
    "search.mode": oneOf("single", "cluster"),
    "search.replicas": oneOf("1", "3", "4", "5", "100"),
    "search.shrinkFrom": number(0, 100),
    "search.retentionDays": number(1, 36_500),
    "search.keepRawLine": yesOrNo,
    "search.storage": bytes,
    "search.storageClass": optional(subdomain),
    "search.memory": bytes,
    "search.cpu": cpu,
    "search.setMaxMapCount": yesOrNo,
    "search.security": yesOrNo,
    "search.passwordKey": secret,
    "search.certManager": yesOrNo,
    "archive.bucketName": optional(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)),
    "archive.storageClass": oneOf(...archiveStorageClasses),
    "archive.retentionDays": number(1, 36_500),
    "archive.transitionStorageClass": optional(oneOf(...archiveStorageClasses)),
    "archive.transitionAfterDays": number(0, 400),
    "archive.objectLock": yesOrNo,
    "archive.keepBucketOnDestroy": yesOrNo,
    "archive.credentials": oneOf("irsa", "static"),
    "archive.restoreJob": yesOrNo,
    "archive.endpoint": optional(
        oneOf(
            "http://minio.storage:9000",
            "https://s3.example.com",
            "http://[fd00::1]:9000",
            "http://10.0.0.1:1",
            "https://EXAMPLE.com:65535",
        ),
    ),
    "archive.maxAgeDays": number(1, 3650),
    "archive.deleteAfterUpload": yesOrNo,
    "archive.volumeSize": bytes,
    "archive.volumeStorageClass": optional(subdomain),
    "archive.volumeAccessMode": optional(oneOf("ReadWriteOnce", "ReadWriteMany")),
    "cluster.eksName": optional(fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/)),
    "cluster.context": optional(oneOf("kind-chattingo", "admin@on-premises")),
    "cluster.keepVolumesOnDestroy": yesOrNo,
    "kibana.memory": bytes,
    "kibana.encryptionKey": optional(secret),
    "kibana.ingress.host": optional(subdomain),
    "kibana.ingress.className": optional(subdomain),
    "kibana.ingress.annotations": mapOf(fc.string({ maxLength: 100 })),
    "kibana.ingress.tlsSecretName": optional(subdomain),
    "filebeat.requests.cpu": cpu,
    "filebeat.requests.memory": bytes,
    "filebeat.limits.cpu": cpu,
    "filebeat.limits.memory": bytes,
    "network.policies": yesOrNo,
    "network.ingressControllerNamespace": optional(label()),
    "network.ingressCidrs": blocks,
    "network.prometheusNamespace": label(),
    "network.dnsCidrs": blocks,
    "monitoring.enabled": yesOrNo,
    "monitoring.operator": yesOrNo,
    "monitoring.labels": mapOf(labelText),
    "monitoring.dashboardAnnotations": mapOf(fc.string({ maxLength: 100 })),
    "load.gbPerDay": number(0, 1_000_000),
    "images.node": image,
    "images.elasticsearch": image,
    "images.kibana": image,
    "images.filebeat": image,
    "images.elasticsearchExporter": image,
};

/** Settings edited at once: more of them are seldom right together. */
const mostEdits = 6;

/** A stack of either file, under any name, with a few settings of it edited. */
export const randomStack: fc.Arbitrary<RandomStack> = fc
    .record({
        stack: fc.oneof(oneOf("dev", "prod", "compliance"), fc.stringMatching(/^[a-z0-9_.-]{1,60}$/)),
        file: oneOf("dev", "prod", "compliance"),
        passwordKey: secret,
        edits: fc
            .subarray(Object.keys(values) as Key[], { minLength: 1, maxLength: mostEdits })
            .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, values[key]])))),
    })
    .map(({ stack, file, passwordKey, edits }) => ({
        stack,
        config: {
            ...readStackConfig(file).values,
            [qualified("search.passwordKey")]: passwordKey,
            ...Object.fromEntries(Object.entries(edits).map(([key, value]) => [qualified(key), value])),
        },
    }));
