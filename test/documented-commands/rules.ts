// Who runs each documented command, or why nobody does. The first rule that fits a command is its own.

/** What is done with the commands that a pattern fits. */
export type Rule = { readonly commands: RegExp } & (
    | {
          /** Run on the dev stack of the real node, in a folder that looks like a checkout. */
          readonly run: "dev stack";
          /** Exit statuses with which the command has done its work; 0 by default. */
          readonly statuses?: readonly number[];
          /** The command goes on until it is ended, and has done its work when it prints this. */
          readonly until?: RegExp;
      }
    /** What the lab has not, why running it shows nothing, or which test does the same another way. */
    | { readonly notRun: string }
);

const name = { notRun: "it is named, not told to be run as it stands" };
const documentsPrint = { notRun: "it writes a document that a unit test holds against its source" };
const testRun = { notRun: "it is what runs the tests" };
const long = { notRun: "it takes ten minutes to half an hour: it is run before a release" };
const certManager = {
    notRun: "the dev stack has no certificates: needs a stack with users and TLS and its cert-manager",
};
const ofProd = { notRun: "test/cluster/simulated/prod-stack.test.ts does the same, with what the lab needs beside" };

/** All rules, the special before the general. */
export const rules: readonly Rule[] = [
    // Names of commands within sentences.
    { commands: /^pulumi (?:up|preview|destroy|up --skip-preview)$/, ...name },
    { commands: /^pulumi config set --stack STACK chattingo-logging:KEY VALUE$/, ...name },
    { commands: /^kubectl (?:cordon|drain|logs|kustomize dir)$/, ...name },
    {
        commands: /^make (?:render|restore|preview|sbom|pin-images|verify-images|check-cluster|verify-archive)$/,
        ...name,
    },
    { commands: /^make (?:smoke|pin-images|verify-images) STACK=…$/, ...name },
    { commands: /^kubectl delete node …$/, ...name },
    { commands: /^make restore … /, ...name },

    // The work tree.
    { commands: /^npm ci$/, notRun: "Makefile does the same another way" },
    { commands: /^npm run build$/, notRun: "Makefile does the same another way" },
    { commands: /^npm audit$/, notRun: "scripts/audit.ts does the same another way" },
    { commands: /^make audit$/, notRun: "it asks npm's registry, which not every machine reaches" },
    {
        commands: /^(?:make release-files$|\(cd dist\/release && sha256sum --check )/,
        notRun: "test/unit/supply-chain/release-files.test.ts does the same in a copy of the repository",
    },
    { commands: /^gh (?:release|attestation) /, notRun: "there is no release to be had where the tests run" },
    { commands: /^git (?:checkout v1\.2\.3|verify-commit)$/, notRun: "it changes the work tree, or is named only" },
    { commands: /^make deps$/, notRun: "Makefile does the same another way" },
    { commands: /^make check$/, notRun: "scripts/test.ts does the same another way" },
    { commands: /^make (?:test|test-unit|test LAYER=\w+|test GREP=.*)$/, ...testRun },
    { commands: /^make format$/, notRun: "it rewrites the work tree; `make check` fails on what it would rewrite" },
    { commands: /^make (?:settings-reference|stack-needs|licences)$/, ...documentsPrint },
    { commands: /^make (?:soak|bench[\w-]*)$/, ...long },
    {
        commands: /^go run github\.com\/rhysd\/actionlint/,
        notRun: "it downloads a program; test/unit/scripts/workflows.test.ts checks what the workflows call",
    },

    // The lab.
    { commands: /^make up$/, notRun: "test/cluster/node/dev-stack.test.ts does the same another way" },
    {
        commands: /^make (?:down|lab-up|lab-down|lab-status)$/,
        notRun: "test/real-node.ts does the same another way",
    },
    { commands: /^make preview STACK=\w+$/, ...ofProd },
    {
        commands: /^lab\/lab (?:up|status|env|down|build)\b/,
        notRun: "test/cluster/simulated/lab.test.ts does the same another way",
    },
    {
        commands: /^eval "\$\(lab\/lab env --kind simulated\)"$/,
        notRun: "test/cluster/simulated/lab.test.ts does the same another way",
    },
    { commands: /^eval "\$\(lab\/lab env --kind node\)"$/, run: "dev stack" },
    {
        commands: /^lab\/lab monitoring$/,
        notRun: "test/pipeline/monitoring.test.ts does the same another way",
    },

    {
        commands: /^make smoke STACK=dev$/,
        notRun: "test/cluster/node/dev-stack.test.ts does the same another way",
    },

    // The prod stack.
    { commands: /^pulumi stack init prod$/, notRun: "scripts/lab-stack.ts does the same another way" },
    {
        commands: /^pulumi config set --stack prod --secret chattingo-logging:search\.passwordKey/,
        notRun: "scripts/lab-stack.ts does the same another way",
    },
    {
        commands: /^pulumi config set --stack prod chattingo-logging:archive\.retentionDays 400$/,
        ...ofProd,
    },
    { commands: /^pulumi (?:preview|up) --stack prod(?: --diff)?$/, ...ofProd },
    {
        commands: /^pulumi stack output --stack prod --show-secrets kibanaLogin$/,
        ...ofProd,
    },
    { commands: /^kubectl (?:get certificates|describe certificate elasticsearch) -n chattingo$/, ...certManager },
    { commands: /^kubectl create secret generic elasticsearch-tls /, ...certManager },
    { commands: /^curl --cacert config\/certificates\/ca\.crt -u chattingo-admin /, ...certManager },
    {
        commands: /^make (?:pin|verify)-images STACK=prod$/,
        notRun: "asks the registries of the images, which the lab has not",
    },
    {
        commands: /^make check-cluster STACK=prod$/,
        ...ofProd,
    },
    { commands: /^aws sts get-caller-identity$/, notRun: "it is for the credentials of a person" },

    {
        commands: /^node scripts\/adopt-archive\.ts --stack prod$/,
        ...ofProd,
    },
    {
        commands: /^PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --stack prod$/,
        notRun: "shows something only where a cluster is gone and its state is not",
    },
    {
        commands: /^pulumi config (?:set|rm) --stack prod chattingo-logging:rotation\.maxSizeMb\b/,
        notRun: "test/cluster/node/dev-stack-changes.test.ts does the same another way",
    },

    { commands: /^(?:pulumi destroy --stack prod|kubectl delete namespace chattingo)$/, ...ofProd },

    // EKS.
    { commands: /^(?:eksctl|aws (?:acm|eks|iam|s3)) /, notRun: "the lab has no EKS but its address and its tokens" },
    { commands: /^kubectl cluster-info$/, notRun: "it is for the kubeconfig of a person" },
    {
        commands: /^kubectl (?:get (?:storageclass (?:gp3|efs)|crd|ingressclass|service kube-dns)|describe nodes)\b/,
        notRun: "it looks for what an EKS cluster has and the lab's real node has not",
    },
    {
        commands: /^echo '\{"@timestamp"/,
        notRun: "test/pipeline writes lines as an application does",
    },

    // Upgrades.
    {
        commands: /^pulumi config set --stack prod chattingo-logging:images\.elasticsearch /,
        notRun: "the lab has one version of Elasticsearch",
    },
    {
        commands: /^kubectl (?:patch|rollout status -n chattingo) statefulset\b/,
        notRun: "needs a cluster of several real nodes",
    },
    {
        commands: /^kubectl scale deployment\/elasticsearch -n chattingo --replicas=0$/,
        notRun: "it belongs to the move to a cluster, which needs several real nodes",
    },
    {
        commands: /^kubectl logs .*spec\.nodeName=NODE\b/,
        notRun: "test/cluster/node/dev-stack.test.ts does the same another way",
    },
    {
        commands: /^pulumi config set --stack prod chattingo-logging:search\.(?:shrinkFrom|replicas) \d$/,
        notRun: "test/unit/components/program.test.ts does the same another way",
    },
    {
        commands: /^kubectl kustomize manifests \| kube-score score -$/,
        notRun: "test/workloads/manifests/kube-score.test.ts does the same another way",
    },
    { commands: /^kubectl (?:drain|uncordon) NODE\b/, notRun: "needs a cluster of several real nodes" },
    {
        commands: /^make check-kubernetes STACK=prod VERSION=/,
        notRun: "test/workloads/manifests/kubeconform.test.ts does the same another way",
    },
    { commands: /^pulumi stack import --stack dev /, notRun: "it takes a stack back to what it was" },
    { commands: /^git pull$/, notRun: "it changes the work tree" },

    // A cluster in Docker.
    {
        // With stand-ins: the lab has neither Docker nor kind.
        commands: /^make (?:up|down) CLUSTER=kind\b/,
        notRun: "test/unit/scripts/kind.test.ts does the same another way",
    },

    // The dev stack.
    {
        commands: /^kubectl logs -n chattingo -l app=elasticsearch --previous$/,
        notRun: "only a container that has restarted has such a log",
    },
    { commands: /^kubectl logs .*\| grep -i drop$/, run: "dev stack", statuses: [0, 1] },
    {
        commands: /^kubectl port-forward -n chattingo service\/(?:kibana 5601|elasticsearch 9200)$/,
        run: "dev stack",
        until: /Forwarding from/,
    },
    { commands: /^kubectl get nodes$/, run: "dev stack" },
    // In this order, so that rotation runs by itself again.
    { commands: /^kubectl patch cronjob log-rotation .*"suspend":(?:true|false)/, run: "dev stack" },
    {
        commands: /^make restore .*ELASTICSEARCH=http:/,
        notRun: "test/cluster/node/dev-stack.test.ts does the same another way",
    },
    {
        commands: /\brestore-auth\b|restored-chattingo/,
        notRun: "test/cluster/node/dev-stack.test.ts does the same another way",
    },
    {
        commands: /^make verify-archive STACK=dev ARCHIVE_DIR=/,
        notRun: "the volume is mounted in pods only; test/workloads/archive-access/audit.test.ts gives it a folder",
    },
    { commands: /^make verify-archive STACK=prod$/, notRun: "the same is run with STACK=dev" },
    // A make of the work tree ends with 2 when what it ran ended with 1.
    { commands: /^make (?:estimate|render|sbom|restore|verify-archive) STACK=/, run: "dev stack" },
    { commands: /^node scripts\/(?:restore\.ts --help|preview-comment\.ts )/, run: "dev stack" },
    { commands: /^pulumi (?:preview|refresh|cancel|up|stack) --stack dev /, run: "dev stack" },
    { commands: /^pulumi (?:cancel|stack export) --stack dev\b/, run: "dev stack" },
    { commands: /^job=/, run: "dev stack" },
    {
        commands:
            /^kubectl (?:version|get|describe|logs|exec|wait|create job|rollout (?:restart|status)|auth can-i|config current-context)\b/,
        run: "dev stack",
    },
];

/** The rule of a command; undefined when there is none. */
export function ruleOf(command: string): Rule | undefined {
    return rules.find(({ commands }) => commands.test(command));
}
