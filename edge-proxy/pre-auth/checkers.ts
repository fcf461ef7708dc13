import type { Logger } from "pino";
import { PASSWORD_MAX } from "../../route-api/contract/pre-authentications.ts";
import type { InstanceConfig } from "../config/instance.ts";
import type { Routing } from "../routing/routing.ts";
import type { Timers } from "../timer-wheel.ts";
import { PreAuthCache } from "./cache.ts";
import { PreAuth } from "./checker.ts";
import { createPreAuthLog, type PreAuthLog } from "./log.ts";

/** What of an instance's or a virtual domain's policy says how passwords are judged. */
export interface PreAuthPolicy {
  readonly virtualDomain: string | undefined;
  /** Undefined: the store alone judges them. */
  readonly preAuth: { entries: number; seconds: number } | undefined;
}

export interface PreAuthsOptions {
  config: InstanceConfig;
  /** The instance's, and those of its virtual domains. */
  policies: readonly PreAuthPolicy[];
  client: Routing["preAuthClient"];
  timers: Pick<Timers, "nowMs">;
  log: Logger;
}

/** What judges passwords for an instance and its virtual domains. */
export interface PreAuths {
  /** Undefined where the policy leaves it to the store. */
  for(policy: PreAuthPolicy): PreAuth | undefined;
  /** Of the instance and each domain that has one of its own, by its name. */
  readonly caches: ReadonlyMap<string, PreAuthCache>;
  /** Writes out what is still in memory. */
  flush(): void;
}

/** Takes over from `before` what is known of passwords where it is kept in the same way. Throws where the log cannot be written. */
export function createPreAuths(options: PreAuthsOptions, before?: PreAuths): PreAuths {
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
  const made = new Map<PreAuthPolicy, PreAuth>();
  for (const policy of policies) {
    const cache = cacheFor(policy);
    if (cache === undefined || log === undefined) continue;
    const { preAuthSeconds: seconds } = config.limits;
    made.set(policy, new PreAuth({ client, cache, timers, seconds, passwordMax: PASSWORD_MAX, log }));
  }
  return {
    for: (policy) => made.get(policy),
    caches,
    flush: () => log?.flush(),
  };
}
