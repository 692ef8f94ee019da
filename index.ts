// The logging system of one environment, in the order in which a log line travels: settings, components, stack outputs.

import * as pulumi from "@pulumi/pulumi";
import { clusterOfStack } from "./cluster/cluster-of-stack.ts";
import { ElasticSetup } from "./components/elastic-setup.ts";
import { Elasticsearch } from "./components/elasticsearch.ts";
import { Filebeat, filebeatStateFolder } from "./components/filebeat.ts";
import { registerGuardrails } from "./components/guardrails.ts";
import { type PolicyDocument, restorePolicy, uploaderPolicy } from "./components/iam-policies.ts";
import { Kibana } from "./components/kibana.ts";
import { LogArchive } from "./components/log-archive.ts";
import { LogRestore, restoreServiceAccountName } from "./components/log-restore.ts";
import { LogRotation } from "./components/log-rotation.ts";
import { LogVolume } from "./components/log-volume.ts";
import { LoggingNamespace } from "./components/logging-namespace.ts";
import { Monitoring } from "./components/monitoring/monitoring.ts";
import { NetworkPolicies } from "./components/network-policies.ts";
import { S3Uploader, uploaderServiceAccountName } from "./components/s3-uploader.ts";
import { SearchSecurity } from "./components/search-security.ts";
import { ServiceAccountRole } from "./components/service-account-role.ts";
import { StackCluster } from "./components/stack-cluster.ts";
import { StaticCredentials } from "./components/static-credentials.ts";
import { WorkloadBundle } from "./components/workload-bundle.ts";
import { capacityWarnings } from "./estimate/search-capacity.ts";
import { deadLetterStreamOf } from "./formats/data-streams.ts";
import { logCategories } from "./formats/log-categories.ts";
import { lastUp } from "./settings/last-up.ts";
import { loadSettings } from "./settings/load-settings.ts";
import { unprotected } from "./settings/unprotected.ts";
import { refuseLossOfVolumes } from "./settings/volume-change.ts";
import { bundleWorkload } from "./workloads/bundle.ts";

const settings = loadSettings();
const volumes = {
    search: {
        mode: settings.search.mode,
        replicas: settings.search.replicas,
        volume: { size: settings.search.storage, storageClass: settings.search.storageClass ?? null },
    },
    archiveVolume: {
        size: settings.archive.volumeSize,
        storageClass: settings.archive.volumeStorageClass ?? null,
        accessMode: settings.archive.volumeAccessMode,
    },
};
const lastOutput = lastUp();
await refuseLossOfVolumes(volumes, settings.search.shrinkFrom, lastOutput);
registerGuardrails({
    keepBucket: settings.archive.keepBucketOnDestroy,
    keepVolumes: settings.cluster.keepVolumesOnDestroy,
});

for (const warning of settings.load.gbPerDay ? capacityWarnings(settings, settings.load.gbPerDay) : []) {
    pulumi.log.warn(warning);
}

for (const warning of unprotected(settings)) {
    pulumi.log.warn(warning);
}

const { eks, access, identity } = await clusterOfStack(settings, lastOutput);

/** Sends what is in Kubernetes to the cluster that the stack names; one that names none goes where the kubeconfig leads. */
const inCluster: pulumi.ComponentResourceOptions =
    access === undefined
        ? {}
        : { providers: [new StackCluster("cluster", { ...access, identifier: eks?.arn }).provider] };

// The six of Chattingo, then one for each application that the stack was told of.
const categories = [...logCategories, ...settings.applications];
const applicationDirectories = settings.applications.map(({ directory }) => directory);

const { namespace: namespaceName } = new LoggingNamespace(
    "logging-namespace",
    {
        keepOnDestroy: settings.cluster.keepVolumesOnDestroy,
    },
    inCluster,
);

if (settings.network.policies) {
    new NetworkPolicies(
        "network-policies",
        {
            namespace: namespaceName,
            endpoint: settings.archive.endpoint,
            hasIngress: settings.kibana.ingress !== undefined,
            ...settings.network,
        },
        inCluster,
    );
}

const logVolume = new LogVolume(
    "log-volume",
    {
        namespace: namespaceName,
        image: settings.images.node,
        program: bundleWorkload("log-setup"),
        applicationDirectories,
        size: settings.archive.volumeSize,
        storageClass: settings.archive.volumeStorageClass,
        accessMode: settings.archive.volumeAccessMode,
        keepOnDestroy: settings.cluster.keepVolumesOnDestroy,
    },
    inCluster,
);

const security =
    settings.search.security &&
    new SearchSecurity(
        "search-security",
        {
            namespace: namespaceName,
            stack: settings.stack,
            ...settings.search.security,
        },
        inCluster,
    );

const elasticsearch = new Elasticsearch(
    "elasticsearch",
    {
        namespace: namespaceName,
        image: settings.images.elasticsearch,
        clusterName: `chattingo-${settings.stack}`,
        ...settings.search,
        security,
    },
    inCluster,
);

const exporter = settings.monitoring.enabled
    ? {
          image: settings.images.node,
          program: new WorkloadBundle(
              "elastic-exporter",
              {
                  namespace: namespaceName,
                  workload: "elastic-exporter",
                  role: "monitoring",
                  bundle: bundleWorkload("elastic-exporter"),
              },
              inCluster,
          ),
      }
    : undefined;

const kibana = new Kibana(
    "kibana",
    {
        namespace: namespaceName,
        image: settings.images.kibana,
        elasticsearchUrl: elasticsearch.url,
        login: security?.login("kibana"),
        certificate: security?.kibanaCertificate,
        exporter,
        exporterLogin: exporter && security?.login("status"),
        deadLetterStream: deadLetterStreamOf(settings.stack),
        firstEncryptionKey: security?.kibanaSecret,
        ...settings.kibana,
    },
    inCluster,
);

const elasticSetup = new ElasticSetup(
    "elastic-setup",
    {
        namespace: namespaceName,
        image: settings.images.node,
        program: bundleWorkload("elastic-setup"),
        elasticsearchUrl: elasticsearch.url,
        login: security?.login("setup"),
        kibanaUrl: kibana.url,
        kibanaCertificate: security?.kibanaCertificate,
        stack: settings.stack,
        categories,
        retentionDays: settings.search.retentionDays,
        keepRawLine: settings.search.keepRawLine,
        nodes: settings.search.replicas,
    },
    inCluster,
);

const filebeat = new Filebeat(
    "filebeat",
    {
        namespace: namespaceName,
        image: settings.images.filebeat,
        stack: settings.stack,
        categories,
        elasticsearchUrl: elasticsearch.url,
        after: elasticSetup.job,
        login: security?.login("filebeat"),
        setup: logVolume.setup,
        exporter,
        canaryLogin: exporter && security?.login("canary"),
        ...settings.filebeat,
    },
    inCluster,
);

new LogRotation(
    "log-rotation",
    {
        namespace: namespaceName,
        image: settings.images.node,
        program: bundleWorkload("log-rotation"),
        after: logVolume.job,
        archiveClaimName: logVolume.archiveClaimName,
        filebeatDataPath: filebeatStateFolder,
        priorityClassName: filebeat.priorityClassName,
        applicationDirectories,
        archivePerNode: settings.archive.volumeAccessMode === "ReadWriteMany",
        ...settings.rotation,
    },
    inCluster,
);

const archive = new LogArchive("log-archive", {
    bucketName: settings.archive.bucketName,
    retentionDays: settings.archive.retentionDays,
    transition: settings.archive.transition,
    objectLock: settings.archive.objectLock,
    keepOnDestroy: settings.archive.keepBucketOnDestroy,
});

/** A role for the ServiceAccount of the name, or a user with a key; either may do what `policyFor` says. */
function archiveAccess(
    name: string,
    serviceAccountName: string,
    policyFor: (bucketArn: string, keyArn: string) => PolicyDocument,
): ServiceAccountRole | StaticCredentials {
    const policy = pulumi
        .all([archive.bucketArn, archive.keyArn])
        .apply(([bucketArn, keyArn]) => policyFor(bucketArn, keyArn));
    return identity.kind === "irsa"
        ? new ServiceAccountRole(name, {
              tokenIssuer: identity.tokenIssuer,
              namespace: namespaceName,
              serviceAccountName,
              policy,
          })
        : new StaticCredentials(name, { policy });
}

const uploaderAccess = archiveAccess("s3-uploader", uploaderServiceAccountName, uploaderPolicy);

new S3Uploader(
    "s3-uploader",
    {
        namespace: namespaceName,
        image: settings.images.node,
        program: bundleWorkload("s3-uploader"),
        after: logVolume.job,
        archiveClaimName: logVolume.archiveClaimName,
        bucketName: archive.bucketName,
        keyArn: archive.keyArn,
        region: settings.archive.region,
        endpoint: settings.archive.endpoint,
        storageClass: settings.archive.storageClass,
        compress: settings.rotation.compress,
        maxAgeDays: settings.archive.maxAgeDays,
        deleteAfterUpload: settings.archive.deleteAfterUpload,
        applications: settings.applications,
        credentials: uploaderAccess,
    },
    inCluster,
);

if (settings.archive.restoreJob) {
    new LogRestore(
        "log-restore",
        {
            namespace: namespaceName,
            image: settings.images.node,
            program: bundleWorkload("log-restore"),
            stack: settings.stack,
            bucketName: archive.bucketName,
            region: settings.archive.region,
            endpoint: settings.archive.endpoint,
            credentials: archiveAccess("log-restore", restoreServiceAccountName, restorePolicy),
            elasticsearchUrl: elasticsearch.url,
            login: security?.login("restore"),
        },
        inCluster,
    );
}

if (settings.monitoring.enabled) {
    new Monitoring(
        "monitoring",
        {
            namespace: namespaceName,
            stack: settings.stack,
            exporterImage: settings.images.elasticsearchExporter,
            elasticsearchUrl: elasticsearch.url,
            login: security?.login("exporter"),
            kibanaUrl: kibana.publicUrl,
            hasOperator: settings.monitoring.operator,
            labels: settings.monitoring.labels,
            dashboardAnnotations: settings.monitoring.dashboardAnnotations,
        },
        inCluster,
    );
}

/** Namespace of the whole system. */
export const namespace = namespaceName;
/** URL of Elasticsearch inside the cluster. */
export const elasticsearchUrl = elasticsearch.url;
/** ARN of the EKS cluster that holds it; null in a stack that names none. */
export const eksClusterArn = eks?.arn ?? null;
/** Elasticsearch's nodes and their volumes, with which the next `pulumi up` compares what it is asked for. */
export const search = volumes.search;
/** The archive volume, for the same comparison. */
export const archiveVolume = volumes.archiveVolume;
/** URL of Kibana inside the cluster. */
export const kibanaUrl = kibana.url;
/** How to open Kibana from outside. */
export const kibanaAccess =
    kibana.publicUrl ??
    pulumi.interpolate`kubectl port-forward -n ${namespaceName} service/kibana 5601, then ${kibana.protocol}://localhost:5601`;
/** With whom and with which password to log in to Kibana the first time; null in a stack without security. */
export const kibanaLogin = security?.admin ?? null;
/** Name of the bucket with the archives. */
export const bucketName = archive.bucketName;
/** ARN of the key that encrypts them. */
export const keyArn = archive.keyArn;
/** ARN of the role that the uploader's ServiceAccount assumes; null in a stack with static credentials. */
export const roleArn = "roleArn" in uploaderAccess ? uploaderAccess.roleArn : null;
