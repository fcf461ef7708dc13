import { stringify } from "yaml";
import { fileReferences } from "../config/file-references.ts";
import type { DeployedInstance, DeploymentConfig } from "../config/schema.ts";
import { edgeParts } from "./edge-parts.ts";

/** The parts of mmp that run. */
export const PARTS = ["edge", "routeApi", "sync"] as const;
export type Part = (typeof PARTS)[number];

/** Port of the route API in its task. */
export const ROUTE_API_PORT = 8080;

/** Names of the files with a token: the version in use, the next one, and the one before. */
export const tokenFiles = (name: string) => ({
  current: `tokens/${name}`,
  next: `tokens/${name}.next`,
  previous: `tokens/${name}.previous`,
});

/** The files that each part runs on, by name: its mmp.yaml and those beside it that are not secret. */
export type Documents = Record<Part, Record<string, string>>;

/** A file whose content nothing asks for, where the schema wants one. */
const NOTHING = "nothing";

/**
 * What a part runs on: its mmp.yaml, and the files beside it that are no secrets. Each part is told only what it
 * needs: the edge no directory, the route API no bind password, the sync no token.
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
  const wanted = new Set(fileReferences(document, []).map(({ file }) => file));
  // The edge's files may name further ones, as vdmap does.
  const files = [...publicFiles].filter(([file]) => part === "edge" || wanted.has(file));
  return { "mmp.yaml": stringify(document), [NOTHING]: "nothing", ...Object.fromEntries(files) };
}

const DOCUMENTS: Record<Part, (config: DeploymentConfig) => object> = {
  edge: (config) => ({
    routeStore: routeStore(config),
    directory: { url: "ldap://localhost", base: "cn=the edge asks no directory" },
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
    stores: {},
    instances: {},
  }),
  sync: (config) => ({
    routeStore: routeStore(config),
    directory: config.directory,
    routeApi: { tokenFile: NOTHING },
    stores: {},
    instances: {},
  }),
};

const routeStore = ({ data, environment: { region } }: DeploymentConfig) => ({
  dynamodb: { table: data.table, ...(region === undefined ? {} : { region }) },
});

/** The versions before and behind the current one are good too, so that a rotation refuses nobody. */
const besides = (name: string, scopes: readonly string[]) => [
  { name: `${name}.next`, file: tokenFiles(name).next, scopes },
  { name: `${name}.previous`, file: tokenFiles(name).previous, scopes },
];

/** The directory as the route API needs it: it binds as users, never as itself. */
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
 * PROXY headers come from the load balancers, which are inside the VPC. A host runs several tasks, so each is one
 * process where nothing else is said.
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
