/** What the limits and penalties of an instance have done since it began. A plain object: read it any time. */
export interface GuardCounters {
  /** Connections refused because of `connections`, and of `connectionsPerClient`. */
  instanceLimit: number;
  clientLimit: number;
  /** Logins refused because of `loginsPerSecondPerClient`, and of `connectionsPerUser`. */
  loginRate: number;
  userLimit: number;
  /** Logins that had to wait, and failures that counted. */
  delayedLogins: number;
  countedFailures: number;
  /** Logins refused because of a store's `attempts` and `sessions`, and attempts at hosts that were skipped. */
  storeAttempts: number;
  storeSessions: number;
  storeSkipped: number;
}

export const newGuardCounters = (): GuardCounters => ({
  instanceLimit: 0,
  clientLimit: 0,
  loginRate: 0,
  userLimit: 0,
  delayedLogins: 0,
  countedFailures: 0,
  storeAttempts: 0,
  storeSessions: 0,
  storeSkipped: 0,
});
