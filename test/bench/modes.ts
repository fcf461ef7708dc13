/** What is done to a proxy: logins without pause, downloads, or sessions that stay. */
export const MODES = [
  "churn-plain",
  "cold-plain",
  "churn-tls",
  "churn-resume",
  "bulk-plain",
  "bulk-tls",
  "idle-plain",
  "idle-tls",
] as const;
export type Mode = (typeof MODES)[number];

/** The figure of each mode: its name with the unit, and the digits that mean something. */
export const FIGURES: Record<Mode, { label: string; digits: number }> = {
  "churn-plain": { label: "CPU a plain login, µs", digits: 0 },
  "cold-plain": { label: "CPU a plain login, first 3,000 after a start, µs", digits: 0 },
  "churn-tls": { label: "CPU a TLS login, µs", digits: 0 },
  "churn-resume": { label: "CPU a resumed TLS login, µs", digits: 0 },
  "bulk-plain": { label: "CPU a GiB, plain, s", digits: 2 },
  "bulk-tls": { label: "CPU a GiB, TLS, s", digits: 2 },
  "idle-plain": { label: "memory of an idle plain session, KiB", digits: 1 },
  "idle-tls": { label: "memory of an idle TLS session, KiB", digits: 1 },
};

/** How much is done for one figure. */
export interface Sizes {
  /** Before logins are measured: the JIT compiler is at work for the first 13,000 and more. */
  warmUpLogins: number;
  plainLogins: number;
  tlsLogins: number;
  /** MiB a download; `BULK_SESSIONS` run at once. */
  downloadMiB: number;
  idleSessions: number;
  /** For a garbage collector to run, and an allocator to give memory back. */
  memorySettleMs: number;
  noops: number;
}
export const FULL: Sizes = {
  warmUpLogins: 20_000,
  plainLogins: 20_000,
  tlsLogins: 10_000,
  downloadMiB: 512,
  idleSessions: 9000,
  memorySettleMs: 3000,
  noops: 5000,
};
export const QUICK: Sizes = {
  warmUpLogins: 1000,
  plainLogins: 1000,
  tlsLogins: 500,
  downloadMiB: 128,
  idleSessions: 1000,
  memorySettleMs: 500,
  noops: 500,
};

/** A deployment restarts every edge: what the first logins cost counts too. */
export const COLD_LOGINS = 3000;
export const BULK_SESSIONS = 2;
export const CHURN_CONCURRENCY = 32;
export const IDLE_CONCURRENCY = 64;
