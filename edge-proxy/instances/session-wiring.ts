import { createHash } from "node:crypto";
import type { Protocol } from "../../route-api/contract/protocols.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { ListenerConfig } from "../config/listener.ts";
import type { ClientGuard } from "../guard/client-guard.ts";
import type { ReadText } from "../identity/map-files.ts";
import { virtualDomainFinder } from "../identity/virtual-domains/find.ts";
import { logAdministratorLogin, logLogin } from "../observe/log.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import type { Front, FrontProfile, StoreStream } from "../protocol/dialogue.ts";
import { createImapBack } from "../protocol/imap/back.ts";
import { imapFronts } from "../protocol/imap/front.ts";
import { ImapResponseStream } from "../protocol/imap/response-stream.ts";
import { createPop3Back } from "../protocol/pop3/back.ts";
import { pop3Fronts } from "../protocol/pop3/front.ts";
import type { SpoofMessage } from "../protocol/pop3/spoofed-maildrop.ts";
import type { Transcript } from "../protocol/transcript.ts";
import type { Holds } from "../routing/holds.ts";
import type { Resolver } from "../routing/resolver.ts";
import type { Decoys } from "../session/decoys.ts";
import type { LoginPolicies, LoginPolicy } from "../session/login-policy.ts";
import type { SessionServices } from "../session/services.ts";
import type { FindStore } from "../session/store-targets.ts";
import type { InstanceContext } from "./context.ts";

/** What a mail protocol needs beyond its front. */
const PROTOCOLS = {
  imap: { createBack: createImapBack, createStream: (): StoreStream => new ImapResponseStream() },
  pop3: { createBack: createPop3Back, createStream: undefined },
};

/** What the listeners of an instance share. */
export interface InstanceParts {
  instance: string;
  config: InstanceConfig;
  policies: LoginPolicies;
  context: InstanceContext;
  /** By protocol. */
  findStore: Readonly<Record<Protocol, FindStore>>;
  resolverFor(policy: LoginPolicy): Resolver;
  preAuthFor(policy: LoginPolicy): SessionServices["preAuth"];
  readText: ReadText;
  decoys: Decoys;
  holds: Holds;
  guard: ClientGuard;
  ended(record: SessionRecord, reason: EndReason): void;
}

/**
 * Wires the services that the sessions of a listener share, for the instance and for each of its virtual domains, so that
 * a session only picks its own. Throws where a file that the configuration names cannot be read.
 */
export function sessionServices(parts: InstanceParts, listener: ListenerConfig): SessionServices {
  const { config, policies, context, ended } = parts;
  const { protocol } = listener;
  const { transport, wheel } = context;
  const frontFor = frontFactories(config, policies, listener, parts.readText);
  const variant = (policy: LoginPolicy) => ({
    policy,
    resolver: parts.resolverFor(policy),
    preAuth: parts.preAuthFor(policy),
    createFront: frontFor(policy.allowPlaintextLogin),
  });
  const own: SessionServices = {
    instance: parts.instance,
    protocol,
    implicitTls: listener.tls === "implicit",
    limits: config.limits,
    transport,
    wheel,
    findStore: parts.findStore[protocol],
    guard: parts.guard,
    decoys: parts.decoys,
    holds: parts.holds,
    stores: context.stores,
    metrics: context.metrics,
    relay: {
      wheel,
      budget: context.relayBudget,
      clientBufferBytes: config.limits.relayBufferBytes,
      idleSeconds: idleSeconds(config, protocol),
      keepAliveSeconds: config.limits.keepAliveSeconds,
    },
    loginBudget: context.loginBudget,
    counts: context.counts,
    traces: context.traces,
    kicks: context.kicks,
    kept: context.kept,
    ...PROTOCOLS[protocol],
    admitted(record, times, id) {
      context.kept.loggedIn(record);
      if (context.settings.logLogins) logLogin(context.log, record, times, id);
    },
    audit: (record, outcome) => logAdministratorLogin(context.log, record, outcome),
    onEnd(session, record, reason) {
      context.sessions.delete(session);
      ended(record, reason);
    },
    forArrival: undefined,
    inDomain: () => own,
    ...variant(policies.own),
  };
  if (policies.domains.length === 0) return own;
  const byDomain = new Map(
    policies.domains.map(({ domain, policy }) => [domain, { ...own, ...variant(policy) }]),
  );
  const find = virtualDomainFinder([...byDomain.keys()]);
  const forArrival: SessionServices["forArrival"] = (arrival) => {
    const domain = find(arrival);
    return domain && byDomain.get(domain);
  };
  const byName = new Map([...byDomain].map(([{ name }, services]) => [name, services]));
  const whole: SessionServices = {
    ...own,
    forArrival,
    inDomain: (name) => (name === undefined ? whole : (byName.get(name) ?? whole)),
  };
  for (const services of byDomain.values()) services.inDomain = whole.inDomain;
  return whole;
}

const asksClients = (
  { tls }: InstanceConfig,
  { domains }: LoginPolicies,
  listener: ListenerConfig,
): boolean =>
  listener.tls !== "none" &&
  (tls?.clientCaFile !== undefined || domains.some(({ policy }) => policy.hasOwnAuthorities));

const idleSeconds = ({ limits }: InstanceConfig, protocol: Protocol): number =>
  protocol === "imap" ? limits.imapIdleSeconds : limits.pop3IdleSeconds;

/** The fronts of a listener. Policies differ only in whether they accept passwords in clear. */
function frontFactories(
  config: InstanceConfig,
  policies: LoginPolicies,
  listener: ListenerConfig,
  readText: ReadText,
): (allowPlaintextLogin: boolean) => (transcript?: Transcript) => Front {
  const { imapCapabilities: capabilities, serverDownAlert, spoofMessageFile } = config;
  const shared: Omit<FrontProfile, "allowPlaintextLogin"> = {
    banner: config.banner,
    mechanisms: config.mechanisms.filter(
      (name) => name !== "EXTERNAL" || asksClients(config, policies, listener),
    ),
    startTls: listener.tls === "starttls",
    limits: config.limits,
  };
  const spoofMessage =
    listener.protocol === "pop3" && spoofMessageFile !== undefined
      ? spoofMessageOf(readText(spoofMessageFile))
      : undefined;
  const make = (allowPlaintextLogin: boolean): ((transcript?: Transcript) => Front) => {
    const profile: FrontProfile = { ...shared, allowPlaintextLogin };
    return listener.protocol === "imap"
      ? imapFronts({ ...profile, capabilities, serverDownAlert })
      : pop3Fronts({ ...profile, spoofMessage });
  };
  const made = { strict: make(false), lax: make(true) };
  return (allowPlaintextLogin) => (allowPlaintextLogin ? made.lax : made.strict);
}

/** A message file as POP3 serves it. Its unique id changes with its text. */
function spoofMessageOf(text: string): SpoofMessage {
  const octets = Buffer.from(text.replace(/\r?\n$/, ""), "utf8").toString("latin1");
  const lines = octets.split(/\r?\n/);
  return {
    lines,
    octets: lines.reduce((sum, line) => sum + line.length + 2, 0),
    uid: `notice-${createHash("sha256").update(octets).digest("hex").slice(0, 16)}`,
  };
}
