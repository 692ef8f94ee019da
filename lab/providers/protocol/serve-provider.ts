// Makes a process a Pulumi provider plugin: the gRPC service that the engine talks to, and the port on standard output.
// https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/providers/README.html

import { flushCompileCache } from "node:module";
import { isDeepStrictEqual } from "node:util";
import grpc from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { toServiceError } from "./failure.ts";
import type { CheckFailure, Difference, Provider, ResourceName } from "./provider.ts";
import { fromWire, toWire } from "./wire-format.ts";

/** Size of one message: bundles travel as properties, several times in one message. */
const messageBytes = 400 * 1024 * 1024;

type Handler<Request, Response> = (request: Request) => Promise<Response>;

/** Serves the provider until the engine ends the process. */
export async function serveProvider(provider: Provider): Promise<void> {
    const server = new grpc.Server({
        "grpc.max_receive_message_length": messageBytes,
        "grpc.max_send_message_length": messageBytes,
    });
    server.addService(providerService.ResourceProviderService as unknown as grpc.ServiceDefinition, handlers(provider));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        );
    });
    console.log(port);
    // Node.js would write it when the process ends by itself, but the engine kills it. Nothing happens without a cache.
    flushCompileCache();
}

function handlers(provider: Provider): grpc.UntypedServiceImplementation {
    const refuse = (what: string) =>
        unary(async () => {
            throw new Error(`${what} is not covered by the lab's stand-in for this provider; use the official plugin`);
        });
    return {
        getPluginInfo: unary(async () => {
            const response = new pluginMessages.PluginInfo();
            response.setVersion(provider.version);
            return response;
        }),
        checkConfig: unary(async (request: messages.CheckRequest) => {
            const response = new messages.CheckResponse();
            response.setInputs(request.getNews());
            return response;
        }),
        diffConfig: unary(async (request: messages.DiffRequest) => {
            // A provider's own settings never replace resources: they say how to reach the same things. Where it hears of no
            // change, the engine goes on with the settings of the last time.
            const isSame = isDeepStrictEqual(
                request.getOldInputs()?.toJavaScript() ?? {},
                request.getNews()?.toJavaScript() ?? {},
            );
            const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
            const response = new messages.DiffResponse();
            response.setChanges(isSame ? DIFF_NONE : DIFF_SOME);
            return response;
        }),
        configure: unary(async (request: messages.ConfigureRequest) => {
            await provider.configure(fromWire(request.getArgs()));
            const response = new messages.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            return response;
        }),
        check: unary(async (request: messages.CheckRequest) => {
            const checked = await provider.check({
                ...resourceName(request.getUrn()),
                oldInputs: fromWire(request.getOlds()),
                newInputs: fromWire(request.getNews()),
            });
            const response = new messages.CheckResponse();
            response.setInputs(toWire(checked.inputs));
            response.setFailuresList(checked.failures.map(checkFailure));
            return response;
        }),
        // The engine has put the old inputs in the place of those whose changes a program ignores.
        diff: unary(async (request: messages.DiffRequest) => {
            const difference = await provider.diff({
                ...resourceName(request.getUrn()),
                id: request.getId(),
                oldInputs: fromWire(request.getOldInputs()),
                oldOutputs: fromWire(request.getOlds()),
                newInputs: fromWire(request.getNews()),
            });
            return diffResponse(difference);
        }),
        create: unary(async (request: messages.CreateRequest) => {
            const applied = await provider.create({
                ...resourceName(request.getUrn()),
                inputs: fromWire(request.getProperties()),
                preview: request.getPreview(),
            });
            const response = new messages.CreateResponse();
            response.setId(applied.id);
            response.setProperties(toWire(applied.outputs));
            return response;
        }),
        update: unary(async (request: messages.UpdateRequest) => {
            const applied = await provider.update({
                ...resourceName(request.getUrn()),
                id: request.getId(),
                oldInputs: fromWire(request.getOldInputs()),
                oldOutputs: fromWire(request.getOlds()),
                newInputs: fromWire(request.getNews()),
                preview: request.getPreview(),
            });
            const response = new messages.UpdateResponse();
            response.setProperties(toWire(applied.outputs));
            return response;
        }),
        read: unary(async (request: messages.ReadRequest) => {
            const found = await provider.read({
                ...resourceName(request.getUrn()),
                id: request.getId(),
                inputs: fromWire(request.getInputs()),
                outputs: fromWire(request.getProperties()),
            });
            const response = new messages.ReadResponse();
            if (found) {
                response.setId(found.id);
                response.setProperties(toWire(found.outputs));
                response.setInputs(toWire(found.inputs));
            }
            return response;
        }),
        delete: unary(async (request: messages.DeleteRequest) => {
            await provider.delete({
                ...resourceName(request.getUrn()),
                id: request.getId(),
                outputs: fromWire(request.getProperties()),
            });
            return new empties.Empty();
        }),
        invoke: unary(async (request: messages.InvokeRequest) => {
            const result = await provider.invoke(request.getTok(), fromWire(request.getArgs()));
            const response = new messages.InvokeResponse();
            response.setReturn(toWire(result));
            return response;
        }),
        getSchema: refuse("the package's schema"),
        construct: refuse("a component of the package"),
        call: refuse("a method of a component"),
        // Nothing is waited for that could be given up: what is under way comes to its end.
        cancel: unary(async () => new empties.Empty()),
    };
}

function unary<Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        handler(call.request).then(
            (response) => callback(null, response),
            (error: unknown) => callback(toServiceError(error)),
        );
    };
}

function resourceName(urn: string): ResourceName {
    const [, , qualifiedType = "", ...name] = urn.split("::");
    return { urn, type: qualifiedType.split("$").at(-1) ?? "", name: name.join("::") };
}

function checkFailure({ property, reason }: CheckFailure): messages.CheckFailure {
    const failure = new messages.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
}

function diffResponse(difference: Difference): messages.DiffResponse {
    const response = new messages.DiffResponse();
    const entries = Object.entries(difference.properties);
    const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
    response.setChanges(entries.length > 0 ? DIFF_SOME : DIFF_NONE);
    response.setHasdetaileddiff(true);
    response.setDeletebeforereplace(difference.deleteBeforeReplace);
    const topLevel = (path: string) => path.split(/[.[]/)[0] ?? path;
    response.setDiffsList([...new Set(entries.map(([path]) => topLevel(path)))]);
    const replacing = entries.filter(([, property]) => property.replaces);
    response.setReplacesList([...new Set(replacing.map(([path]) => topLevel(path)))]);
    for (const [path, { kind, replaces }] of entries) {
        const { Kind } = messages.PropertyDiff;
        const kinds = {
            add: replaces ? Kind.ADD_REPLACE : Kind.ADD,
            update: replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE,
            delete: replaces ? Kind.DELETE_REPLACE : Kind.DELETE,
        };
        const property = new messages.PropertyDiff();
        property.setKind(kinds[kind]);
        property.setInputdiff(true);
        response.getDetaileddiffMap().set(path, property);
    }
    return response;
}
