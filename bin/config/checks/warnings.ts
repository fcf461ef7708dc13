import { unprovedStores, unprovedText } from "../../../edge-proxy/config/unproved-stores.ts";
import { isLoopback } from "../../../route-api/contract/loopback.ts";
import { exposedSecrets } from "../exposed-secrets.ts";
import type { Configuration } from "../schema.ts";
import { clientTrustWarnings } from "./client-trust.ts";
import { ignoredLines } from "./login-files.ts";
import { ticketWarnings } from "./session-tickets.ts";

/** What is valid in a configuration, but hardly meant; each warning names its place. */
export const warningsOf = (configuration: Configuration): string[] => [
  ...exposedSecrets(configuration),
  ...routeApiWarnings(configuration),
  ...Object.entries(configuration.instances ?? {}).flatMap(([name, instance]) =>
    [
      ...ignoredLines(instance),
      ...clientTrustWarnings(instance),
      ...ticketWarnings(instance),
      ...unprovedWarnings(unprovedStores(instance, configuration.stores ?? {})),
    ].map((warning) => `instances.${name}: ${warning}`),
  ),
];

function routeApiWarnings({ routeApi, instances }: Configuration): string[] {
  if (routeApi === undefined) return [];
  const { listen, certFile, selfSigned, clientCaFile, clientCertFile, allowClearText } = routeApi;
  const inClear = certFile === undefined && !selfSigned && allowClearText !== true;
  const open = inClear && !isLoopback(listen.replace(/:\d+$/, ""));
  return [
    ...(open
      ? [
          "routeApi.listen: serves other machines without TLS; set certFile and keyFile, or selfSigned, unless TLS ends in front",
        ]
      : []),
    ...(clientCaFile !== undefined && clientCertFile === undefined && instances !== undefined
      ? ["routeApi.clientCaFile: the edges of this file have no clientCertFile, so the API refuses them"]
      : []),
  ];
}

const unprovedWarnings = (stores: readonly string[]): string[] =>
  stores.length === 0 ? [] : [unprovedText(stores)];
