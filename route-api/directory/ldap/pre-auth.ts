import { randomUUID } from "node:crypto";
import { ResultCodeError } from "ldapts";
import type { Logger } from "pino";
import type { Secret } from "../../contract/secret.ts";
import { DirectoryError } from "../directory-error.ts";
import { isBoundEntry, type ProvenEntry } from "./bound-entry.ts";
import { connectLdap, type LdapConnection, type LdapSettings } from "./connection.ts";

/** Binds in progress at once, each on its own connection. */
const CONNECTIONS_MAX = 16;
/** Checks that may queue for a connection; further ones are refused. */
const WAITING_MAX = 256;
/** A user is waiting at the login: time limits for connecting, for one bind, and for a free connection, in seconds. */
const CONNECT_SECONDS = 3;
const BIND_SECONDS = 5;
const WAIT_SECONDS = 5;
/** A server that failed is tried last for this long, in milliseconds. */
const AVOIDED_MS = 30_000;

/** Checks passwords against the directory. */
export interface PreAuth {
  /**
   * Whether the password is right for the entry. Without one it does the same work and answers false. Rejects with a
   * DirectoryError: `busy` if too many checks are queued, `no-access` if the user cannot read the identifier of its own
   * entry, others if no server gives an answer.
   */
  check(entry: ProvenEntry | undefined, password: Secret): Promise<boolean>;
  close(): void;
}

export interface PreAuthOptions {
  settings: LdapSettings & { base: string; uuidAttribute: string };
  log: Logger;
}

/**
 * Binds as the user (RFC 4513, section 5.1.3), over connections that are used for nothing else, and reads whose entry it
 * is: the store may lag behind a directory in which the DN has a new holder, whose password must not open the mailbox of
 * the old one.
 */
export function createPreAuth({ settings, log }: PreAuthOptions): PreAuth {
  const idle: LdapConnection[] = [];
  const queue: (() => void)[] = [];
  const avoidedUntilMs = new Map<string, number>();
  const nobody = `cn=${randomUUID()},${settings.base}`;
  let busy = 0;
  let closed = false;
  const giveBack = (connection: LdapConnection): void => {
    if (closed) connection.socket.destroy();
    else idle.push(connection);
  };

  const takePlace = async (): Promise<void> => {
    if (busy < CONNECTIONS_MAX) return void busy++;
    if (queue.length >= WAITING_MAX) throw tooBusy();
    // Whoever leaves hands its place over, so `busy` stays the same.
    await new Promise<void>((resolve, reject) => {
      const proceed = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(proceed), 1);
        reject(tooBusy());
      }, WAIT_SECONDS * 1000);
      queue.push(proceed);
    });
  };
  const leavePlace = (): void => {
    const next = queue.shift();
    if (next === undefined) busy--;
    else next();
  };

  const isAvoided = (url: string): boolean => (avoidedUntilMs.get(url) ?? 0) > performance.now();
  const avoid = (url: string): void => void avoidedUntilMs.set(url, performance.now() + AVOIDED_MS);

  const connection = async (): Promise<LdapConnection> => {
    for (let known = idle.pop(); known !== undefined; known = idle.pop()) {
      if (known.socket.writable) return known;
    }
    const urls = [...settings.url].sort((a, b) => Number(isAvoided(a)) - Number(isAvoided(b)));
    const opened = await connectLdap({
      ...settings,
      url: urls,
      connectTimeoutSeconds: CONNECT_SECONDS,
      searchTimeoutSeconds: BIND_SECONDS,
    });
    for (const url of urls.slice(0, urls.indexOf(opened.url))) avoid(url);
    return opened;
  };

  const unreadable = (url: string, dn: string): DirectoryError => {
    const message = `${url}: ${dn} cannot read ${settings.uuidAttribute} of its own entry`;
    log.error({ directory: url, dn }, "password not accepted: the user cannot read its entry's identifier");
    return new DirectoryError("no-access", message);
  };

  /** One bind; undefined if this server gave no verdict and another might. Throws if no server can be reached. */
  const bind = async (entry: ProvenEntry | undefined, password: Secret): Promise<boolean | undefined> => {
    const taken = await connection();
    let proven: boolean | undefined = false;
    try {
      await taken.client.bind(entry?.dn ?? nobody, password.reveal());
      if (entry !== undefined) proven = await isBoundEntry(taken.client, entry, settings.uuidAttribute);
    } catch (error) {
      if (error instanceof ResultCodeError && REFUSALS.has(error.code)) {
        giveBack(taken);
        return false;
      }
      taken.socket.destroy();
      avoid(taken.url);
      log.warn({ directory: taken.url, error: (error as Error).message }, "password check failed");
      return undefined;
    }
    giveBack(taken);
    if (proven === undefined) throw unreadable(taken.url, entry?.dn ?? "");
    return proven;
  };

  return {
    async check(entry, password) {
      // A bind without a password, or without a name, succeeds as anonymous (RFC 4513, section 5.1).
      if (password.reveal() === "") return false;
      const named = entry?.dn.includes("=") === true ? entry : undefined;
      await takePlace();
      try {
        // All idle connections may be dead; then every server is tried once.
        for (let left = idle.length + settings.url.length; left > 0; left--) {
          const accepted = await bind(named, password);
          if (accepted !== undefined) return accepted;
        }
      } finally {
        leavePlace();
      }
      throw new DirectoryError("closed", `${settings.url.join(" ")}: no server checked the password`);
    },
    close() {
      closed = true;
      for (const { socket } of idle.splice(0)) socket.destroy();
    },
  };
}

const tooBusy = (): DirectoryError => new DirectoryError("busy", "too many password checks are queued");

/**
 * Results that are a verdict on the user (RFC 4511, appendix A): constraintViolation (locked out), noSuchObject,
 * invalidDNSyntax, inappropriateAuthentication (no password set), invalidCredentials, unwillingToPerform (account
 * deactivated).
 */
const REFUSALS: ReadonlySet<number> = new Set([19, 32, 34, 48, 49, 53]);
