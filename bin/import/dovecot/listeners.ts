import type { Protocol } from "../../../route-api/contract/protocols.ts";
import type { Finding } from "../finding.ts";
import { isYes, lastOf, type Setting, sectionsOf } from "./doveconf.ts";

/** A listener as mmp.yaml has it. */
export interface Listener {
  protocol: Protocol;
  address?: string;
  port: number;
  tls: "none" | "starttls" | "implicit";
  proxyProtocol?: "any";
  trustedProxies?: string[];
}

/** What listens if nothing else is said, by the name of the inet_listener. */
const DEFAULTS: readonly [name: string, protocol: Protocol, port: number, isImplicit: boolean][] = [
  ["imap", "imap", 143, false],
  ["imaps", "imap", 993, true],
  ["pop3", "pop3", 110, false],
  ["pop3s", "pop3", 995, true],
];

/** The listeners of IMAP and POP3; `hasTls`: there is a certificate and `ssl` is not no. */
export function listenersOf(
  settings: readonly Setting[],
  hasTls: boolean,
): { listeners: Listener[]; findings: Finding[] } {
  const protocols = lastOf(settings, "protocols")?.value.split(/[\s,]+/) ?? ["imap", "pop3"];
  const listen = lastOf(settings, "listen")?.value ?? "*, ::";
  const trustedProxies = lastOf(settings, "haproxy_trusted_networks")?.value.split(/[\s,]+/) ?? [];
  const findings: Finding[] = [];
  const listeners = (["imap", "pop3"] as const)
    .filter((protocol) => protocols.includes(protocol))
    .flatMap((protocol) => {
      const service = sectionsOf(settings, "service").filter(({ label }) => label === `${protocol}-login`);
      const given = service.flatMap(({ section }) => sectionsOf(section, "inet_listener"));
      for (const { place, label } of given)
        findings.push({
          place,
          name: `inet_listener ${label}`,
          fate: "carried",
          field: "instances.main.listeners",
        });
      const defaults = DEFAULTS.filter((one) => one[1] === protocol);
      const names = new Set([...defaults.map(([name]) => name), ...given.map(({ label }) => label)]);
      return [...names].flatMap((name) => {
        const own = given.filter(({ label }) => label === name).flatMap(({ section }) => section);
        const [, , defaultPort = 0, isImplicitByDefault = false] =
          defaults.find((one) => one[0] === name) ?? [];
        const port = Number(lastOf(own, "port")?.value ?? defaultPort);
        const ssl = lastOf(own, "ssl")?.value;
        const implicit = ssl === undefined ? isImplicitByDefault : isYes(ssl);
        if (port === 0 || (implicit && !hasTls)) return [];
        const where = lastOf(own, "address")?.value ?? lastOf(own, "listen")?.value ?? listen;
        return addresses(where).map(
          (address): Listener => ({
            protocol,
            ...(address === undefined ? {} : { address }),
            port,
            tls: implicit ? "implicit" : hasTls ? "starttls" : "none",
            ...(isYes(lastOf(own, "haproxy")?.value) ? { proxyProtocol: "any", trustedProxies } : {}),
          }),
        );
      });
    });
  return { listeners, findings };
}

/** `*, ::` is every address of both families, which one listener on `::` serves. */
function addresses(text: string): (string | undefined)[] {
  const list = text.split(/[\s,]+/).filter((one) => one !== "");
  const hasAll = list.includes("*") && list.includes("::");
  return list.filter((one) => !(hasAll && one === "*")).map((one) => (one === "*" ? undefined : one));
}
