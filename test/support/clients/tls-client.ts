import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { IssuedCertificate } from "../certificate-authority.ts";

export interface TlsClientOptions {
  protocol: "imap" | "pop3";
  port: number;
  startTls?: boolean;
  /** An address of this machine that it comes from. */
  localAddress?: string;
  /** Sent in clear, before all else. */
  preface?: string;
  certificate?: IssuedCertificate | undefined;
  version?: "TLSv1.2" | "TLSv1.3";
  serverName?: string;
  /** Of an earlier connection, to be resumed. */
  session?: Buffer | undefined;
}

/** A client under TLS, which sends lines and reads answers. */
export interface TlsClient {
  socket: TLSSocket;
  /** Its address as the edge sees it without a PROXY header. */
  from: string;
  /** Sends a command; resolves with all up to its last line. */
  ask(command: string): Promise<string>;
  /** What a later connection may resume. */
  session(): Buffer | undefined;
  close(): void;
}

const LAST = { imap: /^(?:[a-z]\d* |\* OK|\+ )[^\r\n]*\r\n/m, pop3: /^(?:\+OK|-ERR|\+ )[^\r\n]*\r\n/m };
const WHOLE_LIST = /\r\n\.\r\n$/;

/** Connects up to the greeting, or to what STARTTLS leads to. */
export async function tlsClient(options: TlsClientOptions): Promise<TlsClient> {
  const { protocol, port, startTls = false, localAddress = "127.0.0.1", preface } = options;
  const { certificate, version, serverName, session } = options;
  const raw = connectTcp({ port, host: "127.0.0.1", localAddress });
  raw.on("error", () => {});
  await once(raw, "connect");
  const from = `${localAddress}:${raw.localPort}`;
  if (preface !== undefined) raw.write(preface);
  if (startTls) {
    await heard(raw, LAST[protocol]);
    raw.write(protocol === "imap" ? "s STARTTLS\r\n" : "STLS\r\n");
    await heard(raw, LAST[protocol]);
  }
  const settings: ConnectionOptions = {
    socket: raw,
    rejectUnauthorized: false,
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(session === undefined ? {} : { session }),
    ...(certificate === undefined
      ? {}
      : { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) }),
  };
  const socket = connectTls(settings);
  let kept: Buffer | undefined;
  socket.on("session", (bytes: Buffer) => {
    kept = bytes;
  });
  socket.on("error", () => {});
  const greeting = startTls ? undefined : heard(socket, LAST[protocol]);
  await Promise.race([
    once(socket, "secureConnect"),
    once(socket, "close").then(() => Promise.reject(new Error("closed in the handshake"))),
  ]);
  await greeting;
  return {
    socket,
    from,
    async ask(command) {
      const answer = heard(socket, command === "CAPA" ? WHOLE_LIST : LAST[protocol]);
      socket.write(`${command}\r\n`);
      return answer;
    },
    session: () => kept,
    close: () => void socket.destroy(),
  };
}

/** Everything up to what fits; rejects when the connection closes before. */
function heard(socket: Socket, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const finish = (): void => {
      socket.off("data", onData);
      socket.off("close", onClose);
    };
    const onData = (bytes: Buffer): void => {
      text += bytes.toString("latin1");
      if (!pattern.test(text)) return;
      finish();
      resolve(text);
    };
    const onClose = (): void => {
      finish();
      reject(new Error(`closed after ${JSON.stringify(text)}`));
    };
    socket.on("data", onData);
    socket.on("close", onClose);
  });
}
