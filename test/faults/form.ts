import type { LoadSettings } from "./load/load.ts";

/** Time limits of the edge; what is left out is as by default. */
export interface EdgeTimes {
  drainSeconds: number;
  routeCache: Record<string, number>;
  limits: Record<string, number>;
  stores: Record<string, number>;
}

/** How much load there is, and how long a fault lasts. */
export interface Form {
  name: "short" | "long";
  /** Sessions that stay. */
  sessions: number;
  load: Pick<
    LoadSettings,
    "loginsPerSecond" | "roundMs" | "messageOctets" | "returnMs" | "loginAnswerMs" | "sessionAnswerMs"
  >;
  /** Users that nobody has asked for: a quarter of all logins while there are any. */
  strangers: number;
  /** Time that a fault lasts. */
  holdMs: number;
  /** Logins in a row, without one that fails, after which all is normal again. */
  goodLogins: number;
  /** Longest wait for that. */
  normalMs: number;
  /** Users whose store changes while the sync is killed. */
  movers: number;
  times: EdgeTimes;
}

/** What a test can wait for. */
export const SHORT: Form = {
  name: "short",
  sessions: 24,
  load: {
    loginsPerSecond: 12,
    roundMs: 300,
    messageOctets: 8192,
    returnMs: 200,
    // Longer than a look-up may take below: a late answer is one.
    loginAnswerMs: 20_000,
    sessionAnswerMs: 20_000,
  },
  strangers: 160,
  holdMs: 700,
  goodLogins: 8,
  normalMs: 30_000,
  movers: 24,
  times: {
    drainSeconds: 1,
    routeCache: { lookupSeconds: 10, circuitOpenSeconds: 0.5, recoverySeconds: 1, negativeSeconds: 0 },
    limits: { connectSeconds: 2, bannerSeconds: 2, storeLoginSeconds: 4, failedLoginSeconds: 0.1 },
    stores: { breakerOpenSeconds: 0.5, lostSessionsSeconds: 1, attemptWaitSeconds: 1 },
  },
};

/** As an installation runs, for the page. */
export const LONG: Form = {
  name: "long",
  sessions: 2000,
  load: {
    loginsPerSecond: 50,
    roundMs: 30_000,
    messageOctets: 16_384,
    returnMs: 2000,
    loginAnswerMs: 45_000,
    sessionAnswerMs: 120_000,
  },
  strangers: 6000,
  holdMs: 10_000,
  goodLogins: 100,
  normalMs: 120_000,
  movers: 120,
  times: { drainSeconds: 10, routeCache: {}, limits: {}, stores: {} },
};
