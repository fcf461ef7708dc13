import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { Client, InvalidCredentialsError, ResultCodeError } from "ldapts";
import type { LdapDirectory } from "../../config/directory.ts";
import type { Secret } from "../../contract/secret.ts";
import { DirectoryError, type DirectoryErrorCode } from "../directory-error.ts";

/** How to connect and bind to the directory. */
export type LdapSettings = Pick<
  LdapDirectory,
  | "url"
  | "startTls"
  | "caFile"
  | "serverName"
  | "certFile"
  | "keyFile"
  | "bind"
  | "bindDn"
  | "connectTimeoutSeconds"
  | "searchTimeoutSeconds"
>;

/** A connection to one server, over TLS if configured. */
export interface LdapConnection {
  /** Binds and sends requests. Must not be used once `socket` has been taken over. */
  client: Client;
  socket: Socket;
  /** The server that accepted the connection. */
  url: string;
}

/** TCP keep-alive begins after this much silence, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;
const START_TLS = "1.3.6.1.4.1.1466.20037";

/**
 * Connects to the first configured server that responds, and binds as the service's own identity. After a rejected bind
 * no other server is tried: it would reject it too. Throws a DirectoryError that names every server tried.
 */
export const connectAndBind = (
  settings: LdapSettings,
  password: Secret | undefined,
  signal?: AbortSignal,
): Promise<LdapConnection> =>
  firstOf(settings, async (url) => {
    const connection = await openLdap(settings, url, signal);
    try {
      await bindService(connection, settings, password);
    } catch (error) {
      connection.socket.destroy();
      throw error;
    }
    return connection;
  });

/** Connects to the first configured server that responds, without a bind. Throws DirectoryError. */
export const connectLdap = (settings: LdapSettings, signal?: AbortSignal): Promise<LdapConnection> =>
  firstOf(settings, (url) => openLdap(settings, url, signal));

async function firstOf<T>({ url: urls }: LdapSettings, attempt: (url: string) => Promise<T>): Promise<T> {
  const failures: DirectoryError[] = [];
  for (const url of urls) {
    try {
      return await attempt(url);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      failures.push(error);
      if (error.code === "bind") break;
    }
  }
  const [first] = failures;
  if (first === undefined || failures.length === 1) throw first ?? new DirectoryError("connect", "no url");
  throw new DirectoryError(first.code, failures.map(({ message }) => message).join("; "), { cause: first });
}

/** Binds with DN and password, or with the TLS client certificate (SASL EXTERNAL). Throws DirectoryError. */
export async function bindService(
  { client, url }: LdapConnection,
  settings: LdapSettings,
  password: Secret | undefined,
): Promise<void> {
  try {
    if (settings.bind === "external") await client.bindSASL("EXTERNAL");
    else await client.bind(settings.bindDn, password?.reveal() ?? "");
  } catch (error) {
    throw bindError(url, settings.bind === "external" ? "client certificate" : settings.bindDn, error);
  }
}

function bindError(url: string, identity: string, cause: unknown): DirectoryError {
  const message = textOf(cause);
  if (cause instanceof InvalidCredentialsError) {
    return new DirectoryError("bind", `${url}: bind as ${identity} failed: invalid credentials`, { cause });
  }
  const passing = cause instanceof ResultCodeError ? PASSING.has(cause.code) : true;
  return new DirectoryError(passing ? "connect" : "bind", `${url}: bind as ${identity} failed: ${message}`, {
    cause,
  });
}

/** busy, unavailable: another server may accept the bind. */
const PASSING: ReadonlySet<number> = new Set([51, 52]);

/** Opens a connection to one server, over TLS if configured. Throws DirectoryError. */
async function openLdap(
  settings: LdapSettings,
  url: string,
  signal: AbortSignal | undefined,
): Promise<LdapConnection> {
  const { protocol, host, port } = partsOf(url);
  const timeoutMs = settings.connectTimeoutSeconds * 1000;
  const plain = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  const abort = (): void => void plain.destroy(new Error("stopped"));
  signal?.addEventListener("abort", abort, { once: true });
  plain.once("close", () => signal?.removeEventListener("abort", abort));
  try {
    if (signal?.aborted === true) abort();
    await step("connect", url, settled(plain, "connect", timeoutMs));
    let socket: Socket = plain;
    if (settings.startTls && protocol === "ldap:") {
      await step("tls", url, clientOver(plain, url, settings).exop(START_TLS));
      plain.removeAllListeners("data");
    }
    if (settings.startTls || protocol === "ldaps:") {
      const options = await step(
        "tls",
        url,
        Promise.resolve().then(() => tlsOptions(settings, host)),
      );
      const secure = tlsConnect({ ...options, socket: plain });
      await step("tls", url, settled(secure, "secureConnect", timeoutMs));
      socket = secure;
    }
    return { client: clientOver(socket, url, settings), socket, url };
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

/** An ldapts client over an existing connection; it never connects by itself. */
const clientOver = (socket: Socket, url: string, settings: LdapSettings): Client =>
  new Client({
    url: url.replace(/^ldaps:/, "ldap:"),
    timeout: settings.searchTimeoutSeconds * 1000,
    connectTimeout: settings.connectTimeoutSeconds * 1000,
    createConnection: (() => socket) as typeof connect,
  });

const tlsOptions = ({ caFile, serverName, certFile, keyFile }: LdapSettings, host: string) => ({
  // The name that the certificate must match; SNI cannot carry an address.
  host: serverName ?? host,
  ...(isIP(serverName ?? host) === 0 ? { servername: serverName ?? host } : {}),
  minVersion: "TLSv1.2" as const,
  ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
  ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
});

function partsOf(url: string): { protocol: string; host: string; port: number } {
  const { protocol, hostname, port } = new URL(url);
  const standard = protocol === "ldaps:" ? 636 : 389;
  return { protocol, host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? standard : Number(port) };
}

/** Resolves at the event; rejects on an error, at the end of the connection, or after `timeoutMs`. */
const settled = (socket: Socket, event: "connect" | "secureConnect", timeoutMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      clearTimeout(timer);
      socket.off(event, succeed).off("error", done).off("close", closed);
      if (error === undefined) return resolve();
      // Later errors of this connection concern nobody.
      socket.on("error", () => undefined).destroy();
      reject(error);
    };
    const succeed = (): void => done();
    const closed = (): void => done(new Error("the server closed the connection"));
    const timer = setTimeout(() => done(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    socket.on(event, succeed).on("error", done).on("close", closed);
  });

async function step<T>(code: DirectoryErrorCode, url: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new DirectoryError(code, `${url}: ${textOf(cause)}`, { cause });
  }
}

const textOf = (error: unknown): string => {
  const { message, code } = error as NodeJS.ErrnoException;
  // For a host with several addresses Node throws an AggregateError without a message.
  return message || code || String(error);
};
