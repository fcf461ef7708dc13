import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import type { StoreConfig } from "../../../edge-proxy/config/stores.ts";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import type { Configuration } from "../load.ts";
import type { Path } from "../mistakes.ts";
import { checkClientTrust } from "./client-trust.ts";
import { checkDirectory } from "./directory.ts";
import { checkCertificate, type Fault, readable } from "./files.ts";
import { checkLogins } from "./logins.ts";

/** Checks what the schema cannot: files that are named, and settings that need each other. */
export function crossCheck(configuration: Configuration): Fault[] {
  const { directory, routeApi, stores, instances } = configuration;
  return [
    ...checkRouteApi(routeApi),
    ...checkDirectory(directory),
    ...Object.entries(stores).flatMap(([name, store]) => checkStore(store, ["stores", name])),
    ...Object.entries(instances).flatMap(([name, instance]) => checkInstance(configuration, name, instance)),
    ...sameAddress(configuration),
  ];
}

function checkRouteApi({ tokenFile, caFile, tokens }: Configuration["routeApi"]): Fault[] {
  const here = ["routeApi"];
  const faults = [
    ...readable(tokenFile, [...here, "tokenFile"]),
    ...readable(caFile, [...here, "caFile"]),
    ...tokens.flatMap(({ file }, index) => readable(file, [...here, "tokens", index, "file"])),
  ];
  const seen = new Set<string>(["edge"]);
  for (const [index, { name }] of tokens.entries()) {
    if (seen.has(name)) {
      const text = `${name} is the name of another token`;
      faults.push({ path: [...here, "tokens", index, "name"], text });
    }
    seen.add(name);
  }
  return faults;
}

function checkStore(store: StoreConfig, path: Path): Fault[] {
  const { caFile, certFile, keyFile, storeAdmin } = store;
  const faults = [
    ...readable(caFile, [...path, "caFile"]),
    ...readable(storeAdmin?.passwordFile, [...path, "storeAdmin", "passwordFile"]),
  ];
  if (certFile !== undefined && keyFile !== undefined) {
    return [...faults, ...checkCertificate({ certFile, keyFile }, path)];
  }
  if (certFile !== undefined) faults.push({ path: [...path, "certFile"], text: "needs keyFile beside it" });
  if (keyFile !== undefined) faults.push({ path: [...path, "keyFile"], text: "needs certFile beside it" });
  return faults;
}

function checkInstance(configuration: Configuration, name: string, instance: InstanceConfig): Fault[] {
  const { stores } = configuration;
  const here = ["instances", name];
  const faults: Fault[] = [...readable(instance.spoofMessageFile, [...here, "spoofMessageFile"])];
  const served = new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap && "imap", pop3 && "pop3"]));
  const missing = new Set<Protocol>();
  for (const [index, { tls, protocol, proxyProtocol, trustedProxies }] of instance.listeners.entries()) {
    const path = [...here, "listeners", index];
    if (proxyProtocol !== "none" && trustedProxies.length === 0) {
      faults.push({
        path: [...path, "proxyProtocol"],
        text: "needs trustedProxies: who may send the header",
      });
    }
    if (tls !== "none" && instance.tls === undefined) {
      faults.push({ path: [...path, "tls"], text: `needs a certificate in instances.${name}.tls` });
    }
    if (!served.has(protocol) && !missing.has(protocol)) {
      missing.add(protocol);
      faults.push({ path: [...path, "protocol"], text: `no entry of stores serves ${protocol}` });
    }
  }
  for (const [index, files] of (instance.tls?.certificates ?? []).entries()) {
    faults.push(...checkCertificate(files, [...here, "tls", "certificates", index]));
  }
  return [...faults, ...checkClientTrust(instance, here), ...checkLogins(configuration, name, instance)];
}

function sameAddress({ instances }: Configuration): Fault[] {
  const seen = new Map<string, string>();
  return Object.entries(instances).flatMap(([name, { listeners }]) =>
    listeners.flatMap(({ address, port }, index) => {
      const key = `${address}:${port}`;
      const other = seen.get(key);
      const here = `instances.${name}.listeners[${index}]`;
      if (port === 0) return [];
      if (other === undefined) {
        seen.set(key, here);
        return [];
      }
      return [{ path: ["instances", name, "listeners", index, "port"], text: `${key} is taken by ${other}` }];
    }),
  );
}
