import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { StoreConfig } from "../../../edge-proxy/config/stores.ts";
import { ANSWERED_WITHOUT_TLS, isNotTls } from "../../../edge-proxy/session/store-login-state.ts";
import type { Protocol } from "../../../route-api/contract/protocols.ts";

/** A store's address, and how it is to be spoken to. */
export interface StoreProbe {
  /** The mailHost. */
  name: string;
  host: string;
  protocol: Protocol;
  service: NonNullable<StoreConfig["imap"]>;
  entry: StoreConfig;
}

/** Longest wait for a connection, in milliseconds. */
const CONNECT_MS = 5000;
/** Longest wait for a greeting or an answer, in milliseconds. */
const ANSWER_MS = 10_000;
/** A PROXY header of version 2 for a connection of the sender's own (LOCAL). */
const LOCAL_HEADER = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");

const START_TLS = { imap: "a STARTTLS\r\n", pop3: "STLS\r\n" } as const;
const STARTED = { imap: /^a OK/im, pop3: /^\+OK/i } as const;
const GREETING = { imap: /^\* (OK|PREAUTH)/i, pop3: /^\+OK/i } as const;

/** Connects to a store as the edge would, up to its greeting and TLS. Rejects with what is wrong. */
export async function askStore(probe: StoreProbe): Promise<string> {
  const { host, protocol, service } = probe;
  const socket = connect({ host, port: service.port });
  try {
    await connected(socket);
    if (service.proxyProtocol === "v2") socket.write(LOCAL_HEADER);
    const secure = service.tls === "implicit" ? await secured(socket, probe) : socket;
    const greeting = await lineOf(secure, "greeting");
    if (!GREETING[protocol].test(greeting)) throw new Error(`does not greet as ${protocol} does`);
    if (service.tls === "starttls") {
      socket.write(START_TLS[protocol]);
      const answer = await lineOf(socket, "answer to STARTTLS");
      if (!STARTED[protocol].test(answer))
        throw new Error("does not offer STARTTLS: wrong port, or tls should differ");
      await secured(socket, probe);
    }
    return service.tls === "none" ? "answers, without TLS" : "answers over TLS";
  } finally {
    socket.destroy();
  }
}

const connected = (socket: Socket): Promise<void> =>
  within(CONNECT_MS, "no connection", (resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });

function secured(socket: Socket, { name, entry }: StoreProbe): Promise<TLSSocket> {
  const serverName = entry.serverName ?? name;
  const secure = connectTls({
    socket,
    ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
    rejectUnauthorized: entry.verifyCertificate,
    ...(entry.caFile === undefined ? {} : { ca: readFileSync(entry.caFile) }),
  });
  return within(CONNECT_MS, "no TLS handshake", (resolve, reject) => {
    secure.once("secureConnect", () => resolve(secure));
    secure.once("error", (error: Error & { code?: string }) => reject(tlsError(error)));
    secure.once("close", () => reject(new Error("closed the connection during the TLS handshake")));
  });
}

const tlsError = (error: Error & { code?: string }): Error =>
  isNotTls(`${error.code} ${error.message}`) ? new Error(ANSWERED_WITHOUT_TLS) : error;

const lineOf = (socket: Socket, what: string): Promise<string> =>
  within(ANSWER_MS, `connected, no ${what}`, (resolve, reject) => {
    let text = "";
    const take = (bytes: Buffer): void => {
      text += bytes.toString("latin1");
      if (!text.includes("\n")) return;
      socket.off("data", take);
      socket.pause();
      resolve(text);
    };
    socket.on("data", take);
    socket.resume();
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`closed the connection before its ${what}`)));
  });

/** A promise that rejects with `what` if nothing settles it in time. */
function within<T>(
  ms: number,
  what: string,
  start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} in ${ms / 1000} s`)), ms);
    start(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
