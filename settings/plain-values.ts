// The simple kinds of values: whole numbers, yes or no, one of a few words, names, addresses.

import { nearest } from "./nearest.ts";
import { textLike, type ValueKind } from "./value-kind.ts";

/** A whole number from `least` to `most`, written in decimal digits and nothing else. */
export function wholeNumber(least: number, most: number, unit: string): ValueKind<number> {
    return {
        engineType: "integer",
        allowed: `a whole number of ${unit} from ${least} to ${most}`,
        parse: (text) => {
            if (!/^-?(0|[1-9]\d*)$/.test(text)) {
                return { wrong: text === "" ? "it is empty" : "it is not a whole number" };
            }
            const value = Number(text);
            if (value < least) {
                return { wrong: "it is too small", suggestion: String(least) };
            }
            return value > most ? { wrong: "it is too large", suggestion: String(most) } : { value };
        },
    };
}

/** `true` or `false`. */
export const yesOrNo: ValueKind<boolean> = {
    engineType: "boolean",
    allowed: "true or false",
    parse: (text) => {
        if (text === "true" || text === "false") {
            return { value: text === "true" };
        }
        const meant = { yes: "true", on: "true", "1": "true", no: "false", off: "false", "0": "false" };
        const lower = text.toLowerCase();
        return {
            wrong: text === "" ? "it is empty" : "it is neither",
            suggestion: Object.entries(meant).find(([word]) => word === lower)?.[1] ?? nearest(text, ["true", "false"]),
        };
    },
};

/** One of a few words, in exactly this spelling. */
export function oneOf<const Word extends string>(words: readonly Word[]): ValueKind<Word> {
    return {
        engineType: "string",
        allowed: `one of ${words.join(", ")}`,
        parse: (text) => {
            const value = words.find((word) => word === text);
            return value === undefined
                ? { wrong: text === "" ? "it is empty" : "it is none of them", suggestion: nearest(text, words) }
                : { value };
        },
    };
}

/**
 * Name of a Kubernetes object.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function kubernetesName(what: string): ValueKind<string> {
    return textLike(
        `the name of ${what}: lower-case letters, digits, "-" and ".", such as gp3`,
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
        253,
    );
}

/**
 * Name of a Namespace: one DNS label.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export const namespaceName: ValueKind<string> = textLike(
    'the name of a Namespace: lower-case letters, digits and "-", a letter or digit at both ends, such as monitoring',
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    63,
);

const dnsLabel = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";

/** A DNS name of two labels or more and no IP address, as an Ingress takes it. */
export const hostName: ValueKind<string> = textLike(
    "a DNS name in lower case without scheme, port or path, such as kibana.example.com",
    new RegExp(`^(?!.*\\.\\d+$)${dnsLabel}(\\.${dnsLabel})+$`),
    253,
);

/**
 * Name of an EKS cluster.
 *
 * @see https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
 */
export const eksClusterName: ValueKind<string> = textLike(
    'the name of an EKS cluster: letters, digits, "-" and "_", beginning with a letter or digit, such as chattingo-prod',
    /^[0-9A-Za-z][0-9A-Za-z_-]*$/,
    100,
);

/** Name of a context of a kubeconfig, which Kubernetes lets be any text. */
export const contextName: ValueKind<string> = textLike(
    "the name of a context of the kubeconfig, as kubectl config get-contexts lists it",
    /^\S+$/,
    253,
);

/** Code of an AWS region. */
export const awsRegion: ValueKind<string> = textLike(
    "the code of an AWS region, such as us-east-1",
    /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/,
    32,
);

/** Base URL of a service: scheme, host and port. */
export const serviceUrl: ValueKind<string> = {
    engineType: "string",
    allowed: "an http or https URL of host and port only, such as http://s3.example.com:9000",
    parse: (text) => {
        const url = URL.parse(text);
        if (!url) {
            return { wrong: "it is not a URL" };
        }
        if (url.protocol !== "http:" && url.protocol !== "https:") {
            return { wrong: "its scheme is neither http nor https" };
        }
        if (url.username || url.password) {
            return { wrong: "it carries a user or a password, which do not belong into stack configuration" };
        }
        if (url.port === "0") {
            return { wrong: "nobody listens on port 0" };
        }
        if (url.pathname !== "/" || url.search || url.hash) {
            return { wrong: "it has more than host and port", suggestion: url.origin };
        }
        return { value: url.origin };
    },
};

/**
 * A secret from which keys are made: as long as Kibana asks for.
 *
 * @see https://www.elastic.co/docs/reference/kibana/configuration-reference/security-settings
 */
export const encryptionKey: ValueKind<string> = {
    ...textLike("a secret of 32 characters or more, such as `openssl rand -hex 32` prints", /^.{32,}$/, 1024),
    isSecret: true,
};
