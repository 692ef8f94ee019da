// How a provider's error reaches the engine: as a gRPC status, with the details that keep a half-made resource in the state.

import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statusMessages from "@pulumi/pulumi/proto/status_pb.js";
import anys from "google-protobuf/google/protobuf/any_pb.js";
import { InitializationError } from "./provider.ts";
import { toWire } from "./wire-format.ts";

/** The gRPC status for an error; the message alone, because a stack trace of the provider helps no operator. */
export function toServiceError(error: unknown): grpc.ServiceError {
    const message = error instanceof Error ? error.message : String(error);
    const metadata = new grpc.Metadata();
    if (error instanceof InitializationError) {
        metadata.add("grpc-status-details-bin", initializationDetails(error));
    }
    return Object.assign(new Error(message), { code: grpc.status.UNKNOWN, details: message, metadata });
}

function initializationDetails(error: InitializationError): Buffer {
    const failed = new messages.ErrorResourceInitFailed();
    failed.setId(error.applied.id);
    failed.setProperties(toWire(error.applied.outputs));
    failed.setInputs(toWire(error.inputs));
    failed.setReasonsList([...error.reasons]);
    const details = new anys.Any();
    details.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new statusMessages.Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(error.message);
    status.addDetails(details);
    return Buffer.from(status.serializeBinary());
}
