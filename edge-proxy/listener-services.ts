import { createHash } from "node:crypto";
import type { InstanceConfig, ListenerConfig } from "./config/instance.ts";
import type { Stores } from "./config/stores.ts";
import type { Protocol } from "./config/values.ts";
import type { InstanceContext } from "./instance.ts";
import type { EndReason, SessionRecord } from "./observe/session-record.ts";
import type { Front, FrontProfile, StoreStream } from "./protocol/dialogue.ts";
import { createImapBack } from "./protocol/imap/back.ts";
import { imapFronts } from "./protocol/imap/front.ts";
import { ImapResponseStream } from "./protocol/imap/response-stream.ts";
import { createPop3Back } from "./protocol/pop3/back.ts";
import { pop3Fronts } from "./protocol/pop3/front.ts";
import type { SpoofMessage } from "./protocol/pop3/spoofed-maildrop.ts";
import type { Resolver } from "./routing/resolver.ts";
import { type ReadText, readAdministrator, storeFinder } from "./routing/stores.ts";
import type { SessionServices } from "./session.ts";

/** What one protocol of mail needs beyond its front. */
const PROTOCOLS = {
  imap: { createBack: createImapBack, createStream: (): StoreStream => new ImapResponseStream() },
  pop3: { createBack: createPop3Back, createStream: undefined },
};

/**
 * Wires what the sessions of one listener share. Reads every file that the configuration names; throws where one
 * cannot be read.
 */
export function listenerServices(
  name: string,
  config: InstanceConfig,
  listener: ListenerConfig,
  stores: Stores,
  context: InstanceContext,
  resolver: Resolver,
  readText: ReadText,
  ended: (record: SessionRecord, reason: EndReason) => void,
): SessionServices {
  const { protocol } = listener;
  const { transport, wheel } = context;
  const admin = config.storeAdmin && readAdministrator(config.storeAdmin, readText);
  return {
    instance: name,
    protocol,
    implicitTls: listener.tls === "implicit",
    limits: config.limits,
    defaultDomain: config.defaultDomain,
    transport,
    wheel,
    resolver,
    findStore: storeFinder(stores, protocol, admin, readText),
    relay: {
      wheel,
      budget: context.relayBudget,
      clientBufferBytes: config.limits.relayBufferBytes,
      idleSeconds: idleSeconds(config, protocol),
      keepAliveSeconds: config.limits.keepAliveSeconds,
    },
    loginBudget: context.loginBudget,
    createFront: frontFactory(config, listener, readText),
    ...PROTOCOLS[protocol],
    onEnd(session, record, reason) {
      context.sessions.delete(session);
      ended(record, reason);
    },
  };
}

const asksClients = ({ tls }: InstanceConfig, listener: ListenerConfig): boolean =>
  listener.tls !== "none" && tls?.clientCaFile !== undefined;

const idleSeconds = ({ limits }: InstanceConfig, protocol: Protocol): number =>
  protocol === "imap" ? limits.imapIdleSeconds : limits.pop3IdleSeconds;

function frontFactory(config: InstanceConfig, listener: ListenerConfig, readText: ReadText): () => Front {
  const profile: FrontProfile = {
    banner: config.banner,
    mechanisms: config.mechanisms.filter((name) => name !== "EXTERNAL" || asksClients(config, listener)),
    startTls: listener.tls === "starttls",
    allowPlaintextLogin: config.allowPlaintextLogin,
    limits: config.limits,
  };
  const { imapCapabilities: capabilities, serverDownAlert, spoofMessageFile } = config;
  if (listener.protocol === "imap") return imapFronts({ ...profile, capabilities, serverDownAlert });
  const spoofMessage =
    spoofMessageFile === undefined ? undefined : spoofMessageOf(readText(spoofMessageFile));
  return pop3Fronts({ ...profile, spoofMessage });
}

/** A message file as POP3 shows it: its unique id changes with its text. */
function spoofMessageOf(text: string): SpoofMessage {
  const octets = Buffer.from(text.replace(/\r?\n$/, ""), "utf8").toString("latin1");
  const lines = octets.split(/\r?\n/);
  return {
    lines,
    octets: lines.reduce((sum, line) => sum + line.length + 2, 0),
    uid: `notice-${createHash("sha256").update(octets).digest("hex").slice(0, 16)}`,
  };
}
