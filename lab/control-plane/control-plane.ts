// A control plane as it stands to its programs: its certificates, files, addresses and how programs are started.

import { join } from "node:path";
import type { LabPorts } from "../ports.ts";
import type { ProcessSpec } from "../processes/detached-process.ts";
import { type CertificateAuthority, certificateAuthority } from "./certificates.ts";
import { type KubeconfigRequest, writeKubeconfig } from "./kubeconfig.ts";

/** What is decided before a control plane starts. */
export interface ControlPlaneOptions {
    /** The lab's state folder. */
    readonly folder: string;
    /** Name of the cluster in kubeconfigs. */
    readonly clusterName: string;
    readonly ports: LabPorts;
    /** Address on which the API server listens. */
    readonly apiServerAddress: string;
    /** `iss` of service account tokens; with IRSA on a real cluster, the cluster's OIDC issuer. */
    readonly serviceAccountIssuer: string;
    /** Path of a program's binary. */
    readonly tool: (name: string) => Promise<string>;
    /** Starts a program that lives on, and waits until it is healthy. */
    readonly startProcess: (spec: ProcessSpec) => Promise<void>;
}

/** A control plane whose programs are being started, or run. */
export interface ControlPlane extends ControlPlaneOptions {
    readonly authority: CertificateAuthority;
    /** URL of the API server. */
    readonly server: string;
    /** Kubeconfig of the administrator. */
    readonly adminKubeconfig: string;
}

/** Issuer of service account tokens unless the caller names one. */
export const defaultServiceAccountIssuer = "https://kubernetes.default.svc.cluster.local";

/** The control plane of a lab, whether it runs or not. */
export function controlPlane(options: ControlPlaneOptions): ControlPlane {
    return {
        ...options,
        authority: certificateAuthority(join(options.folder, "certificates")),
        server: `https://${options.apiServerAddress}:${options.ports.apiServer}`,
        adminKubeconfig: join(options.folder, "kubeconfig"),
    };
}

/** Writes a kubeconfig with a client certificate of its own below the state folder and returns its path. */
export function issueKubeconfig(plane: ControlPlane, request: KubeconfigRequest): Promise<string> {
    return writeKubeconfig(plane.authority, request, {
        file: join(plane.folder, "kubeconfigs", request.name),
        server: plane.server,
        clusterName: plane.clusterName,
    });
}

/** Starts one of the lab's own programs. */
export async function startTool(
    plane: ControlPlane,
    spec: Omit<ProcessSpec, "command">,
    tool = spec.name,
): Promise<void> {
    await plane.startProcess({ ...spec, command: await plane.tool(tool) });
}
