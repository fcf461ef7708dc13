import { randomUUID } from "node:crypto";
import { ResultCodeError } from "ldapts";
import type { Logger } from "pino";
import type { Secret } from "../../contract/secret.ts";
import { ProblemError } from "../../http/problem.ts";
import { DirectoryError } from "../directory-error.ts";
import { connectLdap, type LdapConnection, type LdapSettings } from "./connection.ts";

/** Binds under way at once, each on a connection of its own. */
const CONNECTIONS_MAX = 16;
/** Further ones that wait for a connection. */
const WAITING_MAX = 256;
/** A user waits at the login: limits for a connection, one bind and a free connection, in seconds. */
const CONNECT_SECONDS = 3;
const BIND_SECONDS = 5;
const WAIT_SECONDS = 5;
/** A host that failed is asked last for this long, in milliseconds. */
const AVOIDED_MS = 30_000;

/** Checks passwords against the directory. */
export interface PreAuth {
  /**
   * Whether it is the password of the entry; without a DN the same work, and false. Rejects with a ProblemError where
   * no host can say.
   */
  check(dn: string | undefined, password: Secret): Promise<boolean>;
  close(): void;
}

export interface PreAuthOptions {
  settings: LdapSettings & { base: string };
  log: Logger;
}

/** A bind as the user (RFC 4513, section 5.1.3), on connections that are used for nothing else. */
export function createPreAuth({ settings, log }: PreAuthOptions): PreAuth {
  const idle: LdapConnection[] = [];
  const queue: (() => void)[] = [];
  const avoidedUntilMs = new Map<string, number>();
  const nobody = `cn=${randomUUID()},${settings.base}`;
  let busy = 0;

  const takePlace = async (): Promise<void> => {
    if (busy < CONNECTIONS_MAX) return void busy++;
    if (queue.length >= WAITING_MAX) throw new ProblemError("overloaded");
    // The place is handed over: `busy` stays as it is.
    await new Promise<void>((resolve, reject) => {
      const proceed = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(proceed), 1);
        reject(new ProblemError("overloaded"));
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

  /** One bind; undefined where the host cannot say and another may. Throws where none can. */
  const bind = async (dn: string, password: Secret): Promise<boolean | undefined> => {
    const taken = await connection();
    try {
      await taken.client.bind(dn, password.reveal());
      idle.push(taken);
      return true;
    } catch (error) {
      if (error instanceof ResultCodeError && REFUSALS.has(error.code)) {
        idle.push(taken);
        return false;
      }
      taken.socket.destroy();
      avoid(taken.url);
      log.warn({ directory: taken.url, error: (error as Error).message }, "pre-authentication failed");
      return undefined;
    }
  };

  return {
    async check(dn, password) {
      // Without a password, or without a name, a bind succeeds as nobody (RFC 4513, section 5.1).
      if (password.reveal() === "") return false;
      const isName = dn?.includes("=") === true;
      await takePlace();
      try {
        // Kept connections may all be dead, and then each host is tried.
        for (let left = idle.length + settings.url.length; left > 0; left--) {
          const accepted = await bind(isName ? dn : nobody, password);
          if (accepted !== undefined) return accepted && isName;
        }
      } catch (error) {
        if (!(error instanceof DirectoryError)) throw error;
        throw new ProblemError("directory-unavailable", undefined, { cause: error });
      } finally {
        leavePlace();
      }
      throw new ProblemError("directory-unavailable");
    },
    close() {
      for (const { socket } of idle.splice(0)) socket.destroy();
    },
  };
}

/**
 * Results that are the directory's word on the user (RFC 4511, appendix A): constraintViolation (locked out),
 * noSuchObject, invalidDNSyntax, inappropriateAuthentication (no password), invalidCredentials, unwillingToPerform
 * (account inactivated).
 */
const REFUSALS: ReadonlySet<number> = new Set([19, 32, 34, 48, 49, 53]);
