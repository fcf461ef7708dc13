import { BlockList, isIP } from "node:net";
import type { ListenerConfig } from "../config/listener.ts";
import type { EndReason, SessionRecord } from "../observe/session-record.ts";
import { newRecord, noteFailure } from "../observe/session-record.ts";
import type { LiveSession } from "../observe/session-registry.ts";
import { denialOf, type SessionServices } from "../session/services.ts";
import { startSession } from "../session/session.ts";
import { plainAddress } from "../transport/ip-address.ts";
import type {
  Addresses,
  Connection,
  Listener,
  ListenerTls,
  Receiver,
  Transport,
} from "../transport/transport.ts";
import { ProxyGate } from "./proxy-gate.ts";

/** What new connections of a listener get; replaced as a whole when the configuration is read again. */
export interface ListenerSettings {
  config: ListenerConfig;
  services: SessionServices;
  tls: ListenerTls;
}

/** Who counts the connections, and is told of them. */
export interface Admission {
  /** False where no more connections are taken. */
  enter(): boolean;
  started(session: LiveSession): void;
  /** A connection that never became a session is gone. */
  refused(record: SessionRecord, reason: EndReason): void;
}

export interface OpenListener {
  readonly port: number;
  readonly settings: ListenerSettings;
  /** New connections get these. Rejects, and changes nothing, where a certificate or CA cannot be used. */
  replace(settings: ListenerSettings): Promise<void>;
  /** Stops accepting; live connections stay. */
  close(): Promise<void>;
}

/** True where a listener can go over to other settings as it is, without being opened anew. */
export const canReplace = (before: ListenerSettings, after: ListenerSettings): boolean =>
  shape(before) === shape(after);

const shape = ({ config, tls }: ListenerSettings): string =>
  JSON.stringify([config.protocol, config.tls, feedsTls(config), tls.certificates.length > 1]);

/** TLS that begins behind a PROXY header, which may come in one segment with it. */
const feedsTls = ({ tls, proxyProtocol }: ListenerConfig): boolean =>
  tls === "implicit" && proxyProtocol !== "none";

/** Opens a listener. Rejects with a ListenError where the address cannot be had. */
export async function openListener(
  transport: Transport,
  first: ListenerSettings,
  admission: Admission,
): Promise<OpenListener> {
  let settings = first;
  let trusted = rangesOf(first.config);
  const { config } = first;
  const listener: Listener = await transport.listen({
    address: config.address,
    port: config.port,
    tls: feedsTls(config) ? "starttls" : config.tls,
    feedsTls: feedsTls(config),
    alpn: config.protocol,
    ...first.tls,
    accept: (connection) => accept(settings, trusted, connection, admission),
  });
  return {
    port: listener.port,
    get settings() {
      return settings;
    },
    async replace(next) {
      await listener.replaceTls(next.tls);
      settings = next;
      trusted = rangesOf(next.config);
    },
    close: () => listener.close(),
  };
}

function accept(
  { config, services }: ListenerSettings,
  trusted: BlockList,
  connection: Connection,
  admission: Admission,
): Receiver | undefined {
  if (!admission.enter()) return undefined;
  const admit = (to: Connection, addresses: Addresses): Receiver | undefined => {
    const own = services.forArrival?.(addresses) ?? services;
    const denial = denialOf(own, plainAddress(addresses.remoteAddress), services.implicitTls);
    if (denial !== undefined) {
      const record = newRecord(own.instance, own.protocol, addresses);
      record.virtualDomain = own.policy.virtualDomain;
      noteFailure(record, { code: "access-denied", detail: denial });
      admission.refused(record, "access-denied");
      return undefined;
    }
    const session = startSession(own, to, addresses);
    admission.started(session);
    return session.receiver;
  };
  if (config.proxyProtocol === "none") return admit(connection, connection);
  const refuse = (from: Connection, detail: string): void => {
    const record = newRecord(services.instance, services.protocol, from);
    noteFailure(record, { code: "proxy-header", detail });
    admission.refused(record, "proxy-header");
  };
  if (!isTrusted(trusted, connection.remoteAddress)) {
    refuse(connection, "the peer is not one of trustedProxies");
    return undefined;
  }
  return new ProxyGate(
    {
      wheel: services.wheel,
      versions: config.proxyProtocol,
      headerSeconds: services.limits.proxyHeaderSeconds,
      implicitTls: services.implicitTls,
      admit,
      refuse,
    },
    connection,
  );
}

function rangesOf({ trustedProxies }: ListenerConfig): BlockList {
  const ranges = new BlockList();
  for (const range of trustedProxies) {
    const [address = "", prefix] = range.split("/");
    const isIpv6 = isIP(address) === 6;
    ranges.addSubnet(address, Number(prefix ?? (isIpv6 ? 128 : 32)), isIpv6 ? "ipv6" : "ipv4");
  }
  return ranges;
}

function isTrusted(ranges: BlockList, remoteAddress: string): boolean {
  const address = plainAddress(remoteAddress);
  return ranges.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
