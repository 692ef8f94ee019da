// The programs of the lab that are built from Go modules: what each is, and where its pinned module stands.

import kubernetesSdk from "@pulumi/kubernetes/package.json" with { type: "json" };

/** A program built from one package of a pinned Go module under `lab/tools/go/`. */
export interface GoTool {
    /** Name of the binary, as it stands on PATH. */
    readonly name: string;
    /** Folder under `lab/tools/go/` whose `go.mod` and `go.sum` pin the whole build. */
    readonly module: string;
    /** Go package of the program's `main`. */
    readonly package: string;
    /** Minutes of a cold build on two cores: what the progress line promises. */
    readonly coldMinutes: number;
    /** Linker flags beside `-s -w`, such as a version stamp. */
    readonly linkerFlags?: readonly string[];
    /** Files of another module that its `main` embeds as if they lay beside it; none by default. */
    readonly embedded?: EmbeddedFiles;
}

/** Files of a Go module that the lab's `main` of a tool embeds. */
export interface EmbeddedFiles {
    /** Path of the module, whose version the tool's `go.mod` pins. */
    readonly module: string;
    /** Folder in the module. */
    readonly folder: string;
    readonly names: readonly string[];
}

/** Kubernetes version of the control plane and the node; `go.mod` must require the same. */
export const kubernetesVersion = "v1.34.4";

/** Version of the Pulumi CLI; `go.mod` must require the same. */
const pulumiVersion = "v3.259.0";

/** Name of Pulumi's official provider for Kubernetes; its version stamp is that of the npm package, for which the CLI asks. */
export const kubernetesProvider = "pulumi-resource-kubernetes";

const kubernetesProviderModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

const kubernetesLinkerFlags = [
    "-X",
    `k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
    "-X",
    "k8s.io/component-base/version.gitMajor=1",
    "-X",
    "k8s.io/component-base/version.gitMinor=34",
];

function kubernetesTool(name: string, coldMinutes: number): GoTool {
    return {
        name,
        module: "kubernetes",
        package: `k8s.io/kubernetes/cmd/${name}`,
        coldMinutes,
        linkerFlags: kubernetesLinkerFlags,
    };
}

/** Every Go program of the lab, in the order in which it is built. */
export const goTools: readonly GoTool[] = [
    { name: "etcd", module: "etcd", package: "go.etcd.io/etcd/server/v3", coldMinutes: 0.5 },
    kubernetesTool("kube-apiserver", 3.5),
    kubernetesTool("kube-controller-manager", 1),
    kubernetesTool("kube-scheduler", 0.2),
    kubernetesTool("kubelet", 0.4),
    kubernetesTool("kube-proxy", 0.2),
    {
        name: "pulumi",
        module: "pulumi",
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        coldMinutes: 3.5,
        linkerFlags: ["-X", `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`],
    },
    // Not in one module with the CLI: it does not compile with as new an engine as that. What else they share has the same
    // versions in both, so that Go compiles it once.
    {
        name: kubernetesProvider,
        module: "pulumi-resource-kubernetes",
        package: "chattingo.example/lab/pulumi-resource-kubernetes",
        coldMinutes: 8,
        linkerFlags: ["-X", `${kubernetesProviderModule}/pkg/version.Version=${kubernetesSdk.version}`],
        embedded: {
            module: kubernetesProviderModule,
            folder: "cmd/pulumi-resource-kubernetes",
            names: ["schema.json", "terraform-mapping.json"],
        },
    },
    {
        name: "pulumi-language-nodejs",
        module: "pulumi-language-nodejs",
        package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        coldMinutes: 0.3,
    },
    { name: "kwok", module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", coldMinutes: 1.3 },
    { name: "coredns", module: "coredns", package: "chattingo.example/lab/coredns", coldMinutes: 1.5 },
    {
        name: "kube-router",
        module: "kube-router",
        package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
        coldMinutes: 2,
    },
    {
        name: "elasticsearch-exporter",
        module: "elasticsearch-exporter",
        package: "github.com/prometheus-community/elasticsearch_exporter",
        coldMinutes: 0.7,
    },
    {
        name: "kube-state-metrics",
        module: "kube-state-metrics",
        package: "k8s.io/kube-state-metrics/v2",
        coldMinutes: 1.5,
    },
    { name: "kube-score", module: "kube-score", package: "github.com/zegl/kube-score/cmd/kube-score", coldMinutes: 1 },
    {
        name: "kubeconform",
        module: "kubeconform",
        package: "github.com/yannh/kubeconform/cmd/kubeconform",
        coldMinutes: 0.3,
    },
    { name: "cyclonus", module: "cyclonus", package: "chattingo.example/lab/cyclonus", coldMinutes: 1 },
    { name: "cert-manager", module: "cert-manager", package: "chattingo.example/lab/cert-manager", coldMinutes: 2 },
    // An S3 on plain files (lab/object-store.ts).
    {
        name: "versitygw",
        module: "versitygw",
        package: "github.com/versity/versitygw/cmd/versitygw",
        coldMinutes: 1.5,
    },
    // The newest Filebeat that is served as a Go module. It has no version stamp to set: the module carries its own.
    { name: "filebeat", module: "filebeat", package: "github.com/elastic/beats/v7/filebeat", coldMinutes: 3.5 },
];
