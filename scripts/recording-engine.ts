// Runs a Pulumi program without an engine, a cluster or AWS, and records every resource that it registers with its
// inputs resolved. Unit tests look at what a component declares with it, and `render.ts` at what a whole stack does.

import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { readStackConfig } from "../settings/stack-config.ts";

/** A resource as the program declared it. */
export interface RecordedResource {
    /** Type token, for example `kubernetes:core/v1:ConfigMap`. */
    readonly type: string;
    /** Logical name. */
    readonly name: string;
    /** URN of the parent; undefined at the top of the program. */
    readonly parent?: string;
    /** False for a component, which is only a group of resources. */
    readonly custom: boolean;
    /** Every string that is secret, or that is made from a secret, reads `[secret]`. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Stays where it is when the stack is destroyed. */
    readonly retainOnDelete: boolean;
    /** Cannot be deleted or replaced until the protection is lifted. */
    readonly protect: boolean;
    readonly deleteBeforeReplace: boolean;
    /** Inputs that count only when the resource is made. */
    readonly ignoreChanges: readonly string[];
    /** Logical name of its provider; undefined: the default one. */
    readonly provider?: string;
    /** Id of what exists already and is taken over instead of being made. */
    readonly importId?: string;
    /** How long the engine waits for it, such as `20m`; undefined: as long as its provider does. */
    readonly timeouts: { readonly create?: string; readonly update?: string };
}

/** The stack for which the program runs. */
export interface RecordingOptions {
    /** Name of the stack, `test` unless given. */
    readonly stack?: string;
    /** Stack configuration by key with namespace; none unless given. */
    readonly config?: Readonly<Record<string, string>>;
    /** Keys of `config` whose values are secret; none unless given. */
    readonly secretKeys?: readonly string[];
    /** Stack outputs that the last `pulumi up` left; none unless given. */
    readonly lastOutputs?: Readonly<Record<string, unknown>>;
}

/** The configuration of a stack as its files have it, for {@link recordProgram}. */
export function configurationOf(stack: string): Required<Pick<RecordingOptions, "stack" | "config" | "secretKeys">> {
    const { values, origins } = readStackConfig(stack);
    const secretKeys = Object.keys(origins).filter((key) => origins[key]?.secret);
    return { stack, config: values, secretKeys };
}

/** What the engine makes of the program itself: the parent of all that has no other. */
const rootType = "pulumi:pulumi:Stack";

/** Stands for the value of a secret. */
const secretMask = "[secret]";

/** An account and a region of no one, as AWS writes them in its documentation. */
const accountId = "123456789012";
const region = "us-east-1";
const partition = "aws";

/**
 * Runs `program` and returns the resources in the order in which it registered them. Only one can run at a time in a
 * process.
 *
 * @throws what the program throws; an error that names the function when it calls a provider function of which
 * {@link answers} knows no answer
 */
export async function recordProgram(
    program: () => Promise<unknown> | unknown,
    options: RecordingOptions = {},
): Promise<readonly RecordedResource[]> {
    const recorded: RecordedResource[] = [];
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => ({
                id: identity(type, name, inputs),
                state:
                    type === "pulumi:pulumi:StackReference"
                        ? { ...inputs, outputs: { ...options.lastOutputs }, secretOutputNames: [] }
                        : { ...inputs, ...computed(type, name, inputs) },
            }),
            call: ({ token, inputs }) => {
                const answer = answers[token];
                if (!answer) {
                    throw new Error(`the program calls ${token}, to which the recording engine has no answer`);
                }
                return answer(inputs);
            },
        },
        "chattingo-logging",
        options.stack ?? "test",
        false,
        "organization",
    );
    // setMocks hands over inputs only; what is to happen to a resource later stands in the request.
    interceptRegistrations((request) => {
        if (request.getType() !== rootType) {
            recorded.push(describe(request));
        }
    });
    const secretKeys = [...(options.secretKeys ?? [])];
    pulumi.runtime.setAllConfig({ ...options.config }, secretKeys);
    // The language host tells the program in this way too.
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(secretKeys);
    // The SDK keeps promises of the stack's own that nobody waits for: a program that fails would be told of a second
    // time, by Node.js with a stack trace.
    let failure: { readonly error: unknown } | undefined;
    await pulumi.runtime.runInPulumiStack(async () => {
        try {
            await program();
        } catch (error) {
            failure = { error };
        }
    });
    await pulumi.runtime.disconnect();
    if (failure !== undefined) {
        throw failure.error;
    }
    return recorded;
}

/** The value of an output once everything that it is made from is known. */
export function resolved<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => {
        pulumi.output(output).apply(resolve);
    });
}

interface RegistrationMonitor {
    registerResource(request: RegisterResourceRequest, callback: unknown): void;
}

function interceptRegistrations(note: (request: RegisterResourceRequest) => void): void {
    const monitor = pulumi.runtime.getMonitor() as unknown as RegistrationMonitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
        note(request);
        register(request, callback);
    };
}

function describe(request: RegisterResourceRequest): RecordedResource {
    const properties = request.getObject();
    const inputs: Inputs = properties ? pulumi.runtime.deserializeProperties(properties) : {};
    return {
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent().includes(`::${rootType}::`) ? undefined : request.getParent() || undefined,
        custom: request.getCustom(),
        inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, masked(value)])),
        retainOnDelete: request.getRetainondelete() ?? false,
        protect: request.getProtect() ?? false,
        deleteBeforeReplace: request.getDeletebeforereplace(),
        ignoreChanges: request.getIgnorechangesList(),
        // A reference is a URN and an id: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
        provider: request.getProvider().split("::").at(-2) || undefined,
        importId: request.getImportid() || undefined,
        timeouts: {
            create: request.getCustomtimeouts()?.getCreate() || undefined,
            update: request.getCustomtimeouts()?.getUpdate() || undefined,
        },
    };
}

function masked(value: unknown): unknown {
    return pulumi.runtime.isRpcSecret(value) ? withMask(pulumi.runtime.unwrapRpcSecret(value)) : value;
}

/** Keeps the shape, so that a reader sees which keys a secret has. */
function withMask(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withMask);
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withMask(part)]));
    }
    return secretMask;
}

type Inputs = Readonly<Record<string, unknown>>;

/** What a provider would give a resource as its id. */
function identity(type: string, name: string, inputs: Inputs): string {
    switch (type) {
        case "aws:s3/bucket:Bucket":
            return String(inputs.bucket);
        case "aws:kms/key:Key":
            return keyId;
        case "aws:iam/accessKey:AccessKey":
            return accessKeyId;
        default:
            return `${name}-id`;
    }
}

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const accessKeyId = "AKIAIOSFODNN7EXAMPLE";

/** Properties that only a provider knows, for those types whose properties other resources are made from. */
function computed(type: string, name: string, inputs: Inputs): Inputs {
    switch (type) {
        case "aws:s3/bucket:Bucket":
            return { arn: `arn:${partition}:s3:::${inputs.bucket}`, region };
        case "aws:kms/key:Key":
            return { arn: `arn:${partition}:kms:${region}:${accountId}:key/${keyId}`, keyId };
        case "aws:iam/role:Role":
        case "aws:iam/user:User": {
            const kind = type === "aws:iam/role:Role" ? "role" : "user";
            return {
                arn: `arn:${partition}:iam::${accountId}:${kind}/${inputs.name ?? name}`,
                name: inputs.name ?? name,
            };
        }
        case "aws:iam/accessKey:AccessKey":
            return { secret: "recorded-secret-access-key" };
        default:
            return {};
    }
}

/** Answers of the provider functions that components call. */
const answers: Readonly<Record<string, (inputs: Inputs) => Record<string, unknown>>> = {
    "aws:index/getPartition:getPartition": () => ({
        id: partition,
        partition,
        dnsSuffix: "amazonaws.com",
        reverseDnsPrefix: "com.amazonaws",
    }),
    "aws:index/getRegion:getRegion": () => ({ id: region, region, endpoint: `ec2.${region}.amazonaws.com` }),
    "aws:index/getCallerIdentity:getCallerIdentity": () => ({
        id: accountId,
        accountId,
        arn: `arn:${partition}:iam::${accountId}:user/recording`,
        userId: "AIDARECORDING",
    }),
    "aws:eks/getCluster:getCluster": ({ name }) => ({
        id: name,
        name,
        arn: `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`,
        status: "ACTIVE",
        endpoint: `https://${issuerId(String(name))}.gr7.${region}.eks.amazonaws.com`,
        certificateAuthorities: [{ data: Buffer.from(`authority of ${name}`).toString("base64") }],
        identities: [{ oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/${issuerId(String(name))}` }] }],
    }),
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": ({ url }) => {
        const issuer = String(url).replace("https://", "");
        const arn = `arn:${partition}:iam::${accountId}:oidc-provider/${issuer}`;
        return { id: arn, arn, url: issuer, clientIdLists: ["sts.amazonaws.com"], thumbprintLists: [], tags: {} };
    },
};

/** EKS gives every cluster an issuer of its own, 32 hexadecimal digits. */
function issuerId(cluster: string): string {
    return Buffer.from(cluster).toString("hex").toUpperCase().padEnd(32, "0").slice(0, 32);
}
