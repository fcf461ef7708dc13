import type { Logger } from "pino";
import { claimsOf } from "../contract/claims.ts";
import type { AmbiguousName } from "../contract/sync-status.ts";
import type { EntryStore, RouteEntry } from "../store/store.ts";
import { seenSet } from "./seen-set.ts";

/** Names shown to the operator. */
export const AMBIGUOUS_SHOWN = 50;
/** Names remembered; further ones are found by the next full read. */
const KNOWN_MAX = 10_000;

/** Names that several entries claim as their login name, their account, or their user name at the store. */
export interface AmbiguousNames {
  readonly count: number;
  /** The first of them. */
  shown(): AmbiguousName[];
  /** Entries were written or removed: checks their names again. Rejects with a StoreError. */
  changed(entries: readonly RouteEntry[]): Promise<void>;
  /** A full read has found these names twice, and no others. Rejects with a StoreError. */
  replace(names: ReadonlySet<string>): Promise<void>;
}

export function ambiguousNames(
  store: Pick<EntryStore, "match">,
  log: Logger,
  earlier: readonly AmbiguousName[] = [],
): AmbiguousNames {
  const known = new Map(earlier.map(({ name, dns }) => [name, dns]));

  const check = async (name: string): Promise<void> => {
    const entries = new Map<string, string>();
    for (const attribute of ["login", "claim"])
      for (const { uuid, dn } of await store.match(attribute, name, "consistent")) entries.set(uuid, dn);
    if (entries.size < 2) return void known.delete(name);
    const dns = [...entries.values()].sort();
    if (!known.has(name)) {
      if (known.size >= KNOWN_MAX) return;
      log.warn({ name, dns }, "name claimed by several entries");
    }
    known.set(name, dns);
  };

  return {
    get count() {
      return known.size;
    },
    shown: () => [...known].slice(0, AMBIGUOUS_SHOWN).map(([name, dns]) => ({ name, dns })),
    async changed(entries) {
      const dns = new Set(entries.map(({ dn }) => dn));
      const given = entries.flatMap(claimsOf);
      // A name that an entry no longer claims is not among its names now.
      const left = [...known].filter(([, claiming]) => claiming.some((dn) => dns.has(dn)));
      for (const name of new Set([...given, ...left.map(([name]) => name)])) await check(name);
    },
    async replace(names) {
      for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name);
      for (const name of names) await check(name);
    },
  };
}

/** Finds names that occur twice among the entries of a table, in memory that does not depend on their length. */
export interface ClaimCensus {
  add(entry: RouteEntry): void;
  /** Names found twice, perhaps of entries that are gone by now. */
  readonly twice: ReadonlySet<string>;
}

export function claimCensus(): ClaimCensus {
  const seen = seenSet();
  const twice = new Set<string>();
  return {
    add(entry) {
      for (const name of claimsOf(entry)) {
        if (!seen.has(name)) seen.add(name);
        else if (twice.size < KNOWN_MAX) twice.add(name);
      }
    },
    twice,
  };
}
