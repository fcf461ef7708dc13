import { stringify } from "yaml";
import { fileReferences } from "../config/file-references.ts";
import type { DeployedInstance, DeploymentConfig } from "../config/schema.ts";
import { edgeParts } from "./edge-parts.ts";

/** The processes that a deployment runs. */
export const PARTS = ["edge", "routeApi", "sync"] as const;
export type Part = (typeof PARTS)[number];

/** Port of the route API in its task. */
export const ROUTE_API_PORT = 8080;

/** Files of a token's current, next and previous version. */
export const tokenFiles = (name: string) => ({
  current: `tokens/${name}`,
  next: `tokens/${name}.next`,
  previous: `tokens/${name}.previous`,
});

/** The files that each part runs on, by name: its mmp.yaml and those beside it that are not secret. */
export type Documents = Record<Part, Record<string, string>>;

/**
 * The mmp.yaml of each part, and the files beside it that are not secret. Each part gets only what it needs: the edge no
 * directory, the route API no bind password, the sync no token.
 */
export const allDocuments = (
  config: DeploymentConfig,
  publicFiles: ReadonlyMap<string, string>,
): Documents => ({
  edge: partDocument("edge", config, publicFiles),
  routeApi: partDocument("routeApi", config, publicFiles),
  sync: partDocument("sync", config, publicFiles),
});

function partDocument(
  part: Part,
  config: DeploymentConfig,
  publicFiles: ReadonlyMap<string, string>,
): Record<string, string> {
  const document = DOCUMENTS[part](config);
  const wanted = new Set(fileReferences(document).map(({ file }) => file));
  // The edge's files may name others, as a vdmap does.
  const files = [...publicFiles].filter(([file]) => part === "edge" || wanted.has(file));
  return { "mmp.yaml": stringify(document), ...Object.fromEntries(files) };
}

const DOCUMENTS: Record<Part, (config: DeploymentConfig) => object> = {
  edge: (config) => ({
    routeApi: {
      url: `https://${config.routeApi.hostName}`,
      ...(config.routeApi.caFile === undefined ? {} : { caFile: config.routeApi.caFile }),
      tokenFile: tokenFiles("edge").current,
    },
    stores: config.stores,
    edge: config.edge,
    instances: Object.fromEntries(
      edgeParts(config).map(({ name, instance }) => [name, asDeployed(config, instance)]),
    ),
  }),
  routeApi: (config) => ({
    routeStore: routeStore(config),
    directory: withoutIdentity(config),
    routeApi: {
      listen: `0.0.0.0:${ROUTE_API_PORT}`,
      tokenFile: tokenFiles("edge").current,
      tokens: [
        ...besides("edge", ["edge"]),
        ...config.routeApi.tokens.flatMap(({ name, scopes }) => [
          { name, file: tokenFiles(name).current, scopes },
          ...besides(name, scopes),
        ]),
      ],
      ...(config.routeApi.jwt === undefined ? {} : { jwt: config.routeApi.jwt }),
      limits: config.routeApi.limits,
    },
  }),
  sync: (config) => ({
    routeStore: routeStore(config),
    directory: config.directory,
  }),
};

const routeStore = ({ data, environment: { region } }: DeploymentConfig) => ({
  dynamodb: { table: data.table, ...(region === undefined ? {} : { region }) },
});

/** The next and the previous version are accepted too, so that no request fails during a rotation. */
const besides = (name: string, scopes: readonly string[]) => [
  { name: `${name}.next`, file: tokenFiles(name).next, scopes },
  { name: `${name}.previous`, file: tokenFiles(name).previous, scopes },
];

/** The directory as the route API needs it, to bind as users and never as itself. */
function withoutIdentity({ directory }: DeploymentConfig): object {
  if ("ldif" in directory) return directory;
  const {
    bindDn: _dn,
    bindPasswordFile: _password,
    bind: _bind,
    certFile: _cert,
    keyFile: _key,
    ...rest
  } = directory;
  return rest;
}

/**
 * PROXY headers come from the load balancers, which are inside the VPC. A host runs several tasks, so by default each is
 * one process.
 */
const asDeployed = ({ network }: DeploymentConfig, instance: DeployedInstance): DeployedInstance => ({
  ...instance,
  workers: instance.workers === "auto" ? 1 : instance.workers,
  listeners: instance.listeners.map((listener) =>
    listener.proxyProtocol === "none" || listener.trustedProxies.length > 0
      ? listener
      : { ...listener, trustedProxies: [network.cidr] },
  ),
});
