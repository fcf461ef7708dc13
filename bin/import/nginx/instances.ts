import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { badInput, type Finding, type Place } from "../finding.ts";
import { type Meaning, meaningOf, pathOf } from "./directives.ts";
import { type Listener, parseListen } from "./listen.ts";
import type { MailServer } from "./mail-servers.ts";
import type { Directive } from "./tokens.ts";

/** A server as listeners, with the settings of an instance that can have them. */
export interface ServerPlan {
  protocol: Protocol;
  listeners: Listener[];
  place: Place;
  /** Field to value, below the instance. */
  settings: Map<string, { value: unknown; place: Place }>;
  /** Stores of this protocol are sent PROXY headers. */
  storeProxyProtocol: boolean;
  findings: Finding[];
}

/** Plans an IMAP or POP3 server. */
export function planServer({ place, directives }: MailServer, protocol: Protocol): ServerPlan {
  const settings: ServerPlan["settings"] = new Map();
  const findings: Finding[] = [];
  let storeProxyProtocol = false;
  const certificates = certificatesOf(directives);
  if (certificates.length > 0) settings.set("tls.certificates", { value: certificates, place });
  const plaintext = one(directives, "starttls")?.args[0] !== "only";
  settings.set("allowPlaintextLogin", { value: plaintext, place });
  for (const directive of directives) {
    if (isForOther(directive, protocol)) continue;
    const meaning = conflict(directive, directives) ??
      meaningOf(directive, protocol) ?? { fate: "unknown" as const };
    const { field, value } = meaning;
    if (value !== undefined && field !== undefined) {
      if (field.startsWith("stores.")) storeProxyProtocol = true;
      else settings.set(field, { value, place: directive.place });
    }
    findings.push(finding(directive, meaning));
  }
  const listens = directives.filter(({ name }) => name === "listen");
  if (listens.length === 0) throw badInput(place, "the server has no listen");
  return {
    protocol,
    place,
    listeners: listens.map((listen) => listener(listen, directives, protocol, certificates.length > 0)),
    settings,
    storeProxyProtocol,
    findings,
  };
}

function listener(
  directive: Directive,
  directives: readonly Directive[],
  protocol: Protocol,
  hasCertificate: boolean,
): Listener {
  const { address, port, ssl, proxyProtocol } = parseListen(directive);
  const implicit = ssl || one(directives, "ssl")?.args[0] === "on";
  const starttls = ["on", "only"].includes(one(directives, "starttls")?.args[0] ?? "off");
  const tls = implicit ? "implicit" : starttls ? "starttls" : "none";
  if (tls !== "none" && !hasCertificate)
    throw badInput(directive.place, "the server has TLS but no ssl_certificate");
  const trusted = directives.filter(({ name }) => name === "set_real_ip_from").map(({ args }) => args[0]);
  return {
    protocol,
    ...(address === undefined ? {} : { address }),
    port,
    tls,
    ...(proxyProtocol ? { proxyProtocol: "any", trustedProxies: trusted } : {}),
  };
}

/** The n-th chain belongs to the n-th key, as for RSA beside ECDSA. */
function certificatesOf(directives: readonly Directive[]): { certFile: string; keyFile: string }[] {
  const keys = directives.filter(({ name }) => name === "ssl_certificate_key");
  return directives
    .filter(({ name }) => name === "ssl_certificate")
    .map((certificate, index) => {
      const key = keys[index];
      if (key === undefined) throw badInput(certificate.place, "ssl_certificate has no ssl_certificate_key");
      return { certFile: pathOf(certificate), keyFile: pathOf(key) };
    });
}

/** `starttls` beside `ssl on`, which nginx itself refuses. */
const conflict = ({ name, args }: Directive, directives: readonly Directive[]): Meaning | undefined =>
  name === "starttls" && args[0] !== "off" && one(directives, "ssl")?.args[0] === "on"
    ? {
        fate: "changed",
        field: "listeners",
        note: "no STARTTLS: with ssl on, TLS begins with the connection on every listener (nginx allows only one of the two)",
      }
    : undefined;

/** A directive of another protocol, inherited from the mail block. */
const isForOther = ({ name }: Directive, protocol: Protocol): boolean =>
  /^(imap|pop3)_/.test(name) && !name.startsWith(`${protocol}_`);

const one = (directives: readonly Directive[], wanted: string): Directive | undefined =>
  directives.find(({ name }) => name === wanted);

const finding = ({ place, name }: Directive, { fate, field, note }: Meaning): Finding => ({
  place,
  name,
  fate,
  ...(field === undefined ? {} : { field }),
  ...(note === undefined ? {} : { note }),
});
