import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import type { Fault, Path } from "../mistakes.ts";
import type { Configuration } from "../schema.ts";
import { checkClientTrust } from "./client-trust.ts";
import { hasDomainAuthorities } from "./domain-trust.ts";
import { readable } from "./files.ts";
import { checkLogins } from "./logins.ts";
import { checkTicketSecret } from "./session-tickets.ts";
import { checkTls } from "./tls.ts";

/** Checks an instance: its listeners, its files, and how it judges logins. */
export function checkInstance(configuration: Configuration, name: string, instance: InstanceConfig): Fault[] {
  const here = ["instances", name];
  return [
    ...readable(instance.spoofMessageFile, [...here, "spoofMessageFile"]),
    ...checkListeners(configuration, instance, here),
    ...checkTls(instance, here),
    ...checkTicketSecret(instance, here),
    ...checkClientTrust(instance, here, hasDomainAuthorities(instance)),
    ...checkLogins(configuration, instance, here),
  ];
}

function checkListeners({ stores = {} }: Configuration, instance: InstanceConfig, here: Path): Fault[] {
  const served = new Set(Object.values(stores).flatMap(({ imap, pop3 }) => [imap && "imap", pop3 && "pop3"]));
  const missing = new Set<Protocol>();
  return instance.listeners.flatMap(({ tls, protocol, proxyProtocol, trustedProxies }, index) => {
    const path = [...here, "listeners", index];
    const faults: Fault[] = [];
    if (proxyProtocol !== "none" && trustedProxies.length === 0) {
      const text = "needs trustedProxies, the addresses that may send the header";
      faults.push({ path: [...path, "proxyProtocol"], text });
    }
    if (proxyProtocol === "optional" && tls !== "implicit") {
      const text =
        "optional needs tls: implicit: only there the client speaks first, with a header or without";
      faults.push({ path: [...path, "proxyProtocol"], text });
    }
    if (tls !== "none" && instance.tls === undefined) {
      const text = `needs a certificate in ${here.map(String).join(".")}.tls`;
      faults.push({ path: [...path, "tls"], text });
    }
    if (!served.has(protocol) && !missing.has(protocol)) {
      missing.add(protocol);
      faults.push({ path: [...path, "protocol"], text: `nothing in stores serves ${protocol}` });
    }
    return faults;
  });
}
