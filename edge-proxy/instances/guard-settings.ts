import type { InstanceConfig } from "../config/instance.ts";
import type { ClientGuardSettings } from "../guard/client-guard.ts";

/** Limits and penalties of an instance, as its configuration says. */
export function guardSettings({ limits, penalties }: InstanceConfig): ClientGuardSettings {
  const { loginsPerSecondPerClient: perSecond, loginBurstSeconds, rememberedClients: entries } = limits;
  return {
    prefix: { ipv4Bits: limits.clientIpv4Bits, ipv6Bits: limits.clientIpv6Bits },
    connections: limits.connectionsPerClient,
    connectionRanges: limits.connectionsPerClientRanges,
    userSessions: limits.connectionsPerUser,
    logins:
      perSecond === undefined
        ? undefined
        : { perSecond, burst: Math.max(1, perSecond * loginBurstSeconds), entries },
    penalties: penalties && {
      firstSeconds: penalties.firstSeconds,
      maxSeconds: penalties.maxSeconds,
      decaySeconds: penalties.decaySeconds,
      entries: penalties.remembered,
      exempt: penalties.exempt,
      announceFailures: penalties.announceFailures,
    },
  };
}
