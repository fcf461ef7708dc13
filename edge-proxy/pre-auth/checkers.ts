import type { Logger } from "pino";
import { PASSWORD_MAX } from "../../route-api/contract/pre-authentications.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { Routing } from "../routing/routing.ts";
import type { Timers } from "../timer-wheel.ts";
import { PreAuthCache } from "./cache.ts";
import { PasswordChecker } from "./checker.ts";
import { createPreAuthLog, type PreAuthLog } from "./log.ts";

/** The part of an instance's or a virtual domain's policy that says who judges passwords. */
export interface PreAuthPolicy {
  readonly virtualDomain: string | undefined;
  /** Undefined: the store alone does. */
  readonly preAuth: { entries: number; seconds: number } | undefined;
}

export interface PasswordCheckersOptions {
  config: InstanceConfig;
  /** The instance's, and those of its virtual domains. */
  policies: readonly PreAuthPolicy[];
  client: Routing["preAuthClient"];
  timers: Pick<Timers, "nowMs">;
  log: Logger;
}

/** The password checkers of an instance and its virtual domains. */
export interface PasswordCheckers {
  /** Undefined where the policy leaves passwords to the store. */
  for(policy: PreAuthPolicy): PasswordChecker | undefined;
  /** The instance's cache by the name "", and those of domains that have their own by the domain's name. */
  readonly caches: ReadonlyMap<string, PreAuthCache>;
  /** Writes log lines that are still in memory. */
  flush(): void;
}

/** Keeps the caches of `before` whose settings have not changed. Throws where the log cannot be written. */
export function createPasswordCheckers(
  options: PasswordCheckersOptions,
  before?: PasswordCheckers,
): PasswordCheckers {
  const { config, policies, client, timers } = options;
  const caches = new Map<string, PreAuthCache>();
  const log: PreAuthLog | undefined = policies.some(({ preAuth }) => preAuth !== undefined)
    ? createPreAuthLog(options.log, config.preAuthLogFile)
    : undefined;

  const cacheFor = ({ virtualDomain, preAuth }: PreAuthPolicy): PreAuthCache | undefined => {
    if (preAuth === undefined) return undefined;
    const { entries, seconds } = preAuth;
    const shared = config.preAuthCache.entries === entries && config.preAuthCache.seconds === seconds;
    const name = shared ? "" : (virtualDomain ?? "");
    const known = caches.get(name) ?? before?.caches.get(name);
    const kept = known?.entries === entries && known.seconds === seconds;
    const cache = kept ? known : new PreAuthCache(entries, seconds, timers);
    caches.set(name, cache);
    return cache;
  };
  const made = new Map<PreAuthPolicy, PasswordChecker>();
  for (const policy of policies) {
    const cache = cacheFor(policy);
    if (cache === undefined || log === undefined) continue;
    const { preAuthSeconds: seconds } = config.limits;
    made.set(policy, new PasswordChecker({ client, cache, timers, seconds, passwordMax: PASSWORD_MAX, log }));
  }
  return {
    for: (policy) => made.get(policy),
    caches,
    flush: () => log?.flush(),
  };
}
