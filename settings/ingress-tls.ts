// Whether people reach Kibana by TLS: where its Ingress has a certificate, or its controller is told of one by annotation.

/** What an Ingress says of TLS. */
export interface IngressTls {
    /** Secret with the certificate. */
    readonly tlsSecretName?: string;
    readonly annotations?: Readonly<Record<string, string>>;
}

/** Names the load balancer's certificate in ACM: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#certificate-arn */
const certificateAnnotation = "alb.ingress.kubernetes.io/certificate-arn";

/** True where the Ingress serves HTTPS. */
export function servesTls({ tlsSecretName, annotations = {} }: IngressTls): boolean {
    return tlsSecretName !== undefined || annotations[certificateAnnotation] !== undefined;
}
