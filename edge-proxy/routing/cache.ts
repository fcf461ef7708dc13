import type { RouteAnswer } from "../api-client/answers.ts";
import type { RouteCounters } from "../api-client/counters.ts";
import { AccountKeys } from "./account-keys.ts";

/** A cached answer, in the ring of all. */
export interface CachedRoute {
  readonly key: string;
  readonly answer: RouteAnswer;
  /** Milliseconds at which the look-up began. */
  readonly askedMs: number;
  /** How many changes had been announced by then. */
  readonly askedMark: number;
  readonly bytes: number;
  /** Since it was cached, or spared. */
  used: boolean;
  newer: CachedRoute;
  older: CachedRoute;
}

/** The answer to cache for a key. */
export type Learned = Pick<CachedRoute, "answer" | "askedMs" | "askedMark">;

/** Entries spared in a row before one is evicted anyway: an eviction must not take long where all are in use. */
const SPARED_MAX = 16;

/**
 * Answers by key, within a number of bytes. The oldest is evicted, but one that was used since is spared once and counts
 * as new ("second chance"): a use costs no more than setting a flag, and no operation depends on the number of entries.
 * Knows nothing of time.
 */
export class RouteCache {
  readonly #entries = new Map<string, CachedRoute>();
  readonly #accounts = new AccountKeys();
  #limitBytes: number;
  readonly #counters: RouteCounters;
  /** Stands between the newest and the oldest. */
  readonly #ring: CachedRoute;
  #bytes = 0;

  /** `counters` may be shared with other caches: each adds its own share. */
  constructor(limitBytes: number, counters: RouteCounters) {
    this.#limitBytes = limitBytes;
    this.#counters = counters;
    const ring = {
      key: "",
      answer: { is: "unknown" },
      askedMs: 0,
      askedMark: 0,
      bytes: 0,
      used: false,
    } as CachedRoute;
    ring.newer = ring;
    ring.older = ring;
    this.#ring = ring;
  }

  get(key: string): CachedRoute | undefined {
    return this.#entries.get(key);
  }

  /** All entries. The cache may change between two of them. */
  all(): Iterable<CachedRoute> {
    return this.#entries.values();
  }

  /** Replaces what is cached for the key. An answer that is larger than the whole cache is not kept. */
  put(key: string, { answer, askedMs, askedMark }: Learned): void {
    this.delete(key);
    const ring = this.#ring;
    const bytes = entryBytes(key, answer);
    if (bytes > this.#limitBytes) return;
    const entry: CachedRoute = {
      key,
      answer,
      askedMs,
      askedMark,
      bytes,
      used: false,
      newer: ring,
      older: ring,
    };
    this.#entries.set(key, entry);
    this.#link(entry);
    this.#count(1, bytes);
    if (answer.is === "route") this.#accounts.add(answer.route.uuid, key);
    this.#evict();
  }

  limit(bytes: number): void {
    this.#limitBytes = bytes;
    this.#evict();
  }

  /** True where the key was cached. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
    return entry !== undefined;
  }

  /** The keys that lead to an account. */
  keysOf(uuid: string): string[] {
    return this.#accounts.of(uuid);
  }

  /** Puts the entry between the newest and the start of the ring. */
  #link(entry: CachedRoute): void {
    const ring = this.#ring;
    const newest = ring.older;
    entry.older = newest;
    entry.newer = ring;
    newest.newer = entry;
    ring.older = entry;
  }

  #evict(): void {
    let spared = 0;
    while (this.#bytes > this.#limitBytes) {
      const oldest = this.#ring.newer;
      if (oldest.used && spared++ < SPARED_MAX) {
        oldest.used = false;
        unlink(oldest);
        this.#link(oldest);
        continue;
      }
      this.#remove(oldest);
      this.#counters.evictions++;
      spared = 0;
    }
  }

  #remove(entry: CachedRoute): void {
    unlink(entry);
    this.#entries.delete(entry.key);
    this.#count(-1, -entry.bytes);
    if (entry.answer.is === "route") this.#accounts.delete(entry.answer.route.uuid, entry.key);
  }

  #count(entries: number, bytes: number): void {
    this.#bytes += bytes;
    this.#counters.bytes += bytes;
    this.#counters.entries += entries;
  }
}

function unlink({ newer, older }: CachedRoute): void {
  older.newer = newer;
  newer.older = older;
}

/** Size of an entry beside its strings, in bytes: its objects, and its places in the maps. Measured. */
const ENTRY_BYTES = 448;
/** Size of a string beside its characters. */
const TEXT_BYTES = 24;

/** Estimated size of an entry. */
function entryBytes(key: string, answer: RouteAnswer): number {
  const bytes = ENTRY_BYTES + textBytes(key);
  if (answer.is === "ambiguous") return bytes + textBytes(answer.detail ?? "");
  if (answer.is !== "route") return bytes;
  const { account, uuid, version, mailHost, services, statusReason, override, attributes } = answer.route;
  let sum = bytes + textBytes(account) + textBytes(uuid) + textBytes(version);
  for (const host of mailHost) sum += textBytes(host);
  for (const service of services) sum += textBytes(service);
  if (statusReason !== undefined) sum += textBytes(statusReason);
  if (override !== undefined) sum += TEXT_BYTES + textBytes(override.user ?? "");
  for (const name in attributes) {
    sum += textBytes(name);
    for (const value of attributes[name] ?? []) sum += textBytes(value);
  }
  return sum;
}

/** Two bytes a character: engines need them once a single character is beyond Latin-1. */
const textBytes = (text: string): number => TEXT_BYTES + 2 * text.length;
