// What the settings of a stack leave unprotected, said in every preview: each is a choice that somebody may make, and nobody
// should make without knowing.

import type { Settings } from "./index.ts";
import { servesTls } from "./ingress-tls.ts";
import { imageKeys } from "./keys.ts";

/** One sentence for each: the setting, what is open by it, what still holds, and how to close it. */
export function unprotected(settings: Settings): readonly string[] {
    const { search, network, kibana, stack } = settings;
    const tagged = imageKeys.filter((key) => !imageOf(settings, key).includes("@sha256:"));
    return [
        ...(search.security
            ? []
            : [
                  `search.security is false: whoever reaches Elasticsearch or Kibana may read and delete every line, without a login and without TLS${
                      network.policies ? "; network policies alone keep others away" : ""
                  }`,
              ]),
        ...(search.security && !search.security.certManager
            ? [
                  `search.certManager is false: nobody renews the certificates in the Secrets elasticsearch-tls and kibana-server-tls, and when the first one ends no line comes into search; make check-cluster STACK=${stack} says when that is`,
              ]
            : []),
        ...(network.policies
            ? []
            : [
                  `network.policies is false: every pod of the cluster reaches every port of this system${
                      search.security ? "; logins and TLS still protect Elasticsearch, and a login protects Kibana" : ""
                  }`,
              ]),
        ...(kibana.ingress !== undefined && !servesTls(kibana.ingress)
            ? [
                  `kibana.ingress.tlsSecretName is empty: what people read in Kibana, and their passwords, go to ${kibana.ingress.host} in plain text`,
              ]
            : []),
        ...(search.security && tagged.length > 0
            ? [
                  `${tagged.join(", ")} ${tagged.length === 1 ? "has" : "have"} no digest: nodes run whatever the registry has under the tag by then; make pin-images STACK=${stack} writes them into the stack's file`,
              ]
            : []),
    ];
}

function imageOf({ images }: Settings, key: (typeof imageKeys)[number]): string {
    return images[key.slice("images.".length) as keyof Settings["images"]];
}
