import type { DeployedInstance, DeploymentConfig } from "../config/schema.ts";
import { balancerNetworks } from "../config/subnets.ts";
import { edgeServices } from "./edge-services.ts";
import { keepsRoutes, ROUTES_FOLDER } from "./kept-routes.ts";
import { pinnedCas } from "./pinned-cas.ts";

/** Port of the route API in its task, for TLS. */
export const ROUTE_API_PORT = 8443;

/** Files of a token's current, next and previous version. */
export const tokenFiles = (name: string) => ({
  current: `tokens/${name}`,
  next: `tokens/${name}.next`,
  previous: `tokens/${name}.previous`,
});

/** mmp.yaml of an instance's edges: no directory, and no other instance. */
export const edgeYaml = (config: DeploymentConfig, instance: string): object => ({
  routeApi: {
    url: `https://${config.routeApi.hostName}`,
    ...pinnedCas(config),
    tokenFile: tokenFiles("edge").current,
  },
  stores: config.stores,
  edge: {
    ...config.edge,
    ...(keepsRoutes(config, instance) ? { snapshotFile: `${ROUTES_FOLDER}/routes` } : {}),
  },
  history: config.history,
  instances: Object.fromEntries(
    edgeServices(config, instance).map((service) => [
      service.name,
      asDeployed(config, instance, service.instance),
    ]),
  ),
});

/** mmp.yaml of the route API: no bind password. */
export const routeApiYaml = (config: DeploymentConfig): object => ({
  routeStore: routeStore(config),
  directory: withoutIdentity(config),
  routeApi: {
    listen: `0.0.0.0:${ROUTE_API_PORT}`,
    // The ALB takes any certificate. A function has no listener: Lambda's own calls are TLS.
    ...(config.routeApi.run === "service" ? { selfSigned: true } : {}),
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
    console: config.routeApi.console,
  },
  history: config.history,
});

/** mmp.yaml of the sync: no token. */
export const syncYaml = (config: DeploymentConfig): object => ({
  routeStore: routeStore(config),
  directory: config.directory,
});

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
 * PROXY headers come from the load balancers, which have addresses in their subnets. A host runs several tasks, so by
 * default each is one process.
 */
const asDeployed = (
  config: DeploymentConfig,
  name: string,
  instance: DeployedInstance,
): DeployedInstance => ({
  ...instance,
  workers: instance.workers === "auto" ? 1 : instance.workers,
  listeners: instance.listeners.map((listener) =>
    listener.proxyProtocol === "none" || listener.trustedProxies.length > 0
      ? listener
      : { ...listener, trustedProxies: balancerNetworks(config, name, listener) ?? [] },
  ),
});
