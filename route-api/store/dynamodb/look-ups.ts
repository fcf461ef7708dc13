import { concurrently } from "../concurrently.ts";
import { pointerKey } from "../keys.ts";
import { has, isSearchable, judge, pairs, thatLost, valuesOf } from "../searchable.ts";
import { type EntryStore, MATCHES_MAX, type StoredEntry } from "../store.ts";
import { ENTRIES_ONLY, entryItemKey, entryOf, pointerItemKey } from "./entry-item.ts";
import type { Item, Table } from "./table.ts";

type LookUps = Pick<
  EntryStore,
  "find" | "match" | "seeming" | "get" | "certificates" | "lostPointers" | "entries"
>;

/** How often a consistent look-up reads while the value's pointers lead to no entry with it. */
const READS = 2;
/** Names whose pointers are read at a time. */
const SEEMING_AT_ONCE = 16;

/** Look-ups: from a name to its pointers, from those to the entries. `patient` is used for scans. */
export function lookUps(table: Table, patient: Table): LookUps {
  /** UUIDs of the entries that the value's pointers lead to. */
  const pointers = async (attribute: string, value: string, isConsistent: boolean): Promise<string[]> => {
    const items = await table.query({
      ConsistentRead: isConsistent,
      Limit: MATCHES_MAX,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pointerKey(attribute, value) } },
    });
    return items.map(({ sk }) => sk?.S ?? "");
  };
  const read = async (uuids: readonly string[], isConsistent: boolean): Promise<StoredEntry[]> => {
    const keys = uuids.map(entryItemKey);
    const [first, ...others] = keys;
    if (first === undefined) return [];
    const items =
      others.length === 0 ? [await table.get(first, isConsistent)] : await table.getMany(keys, isConsistent);
    return items.map(entryOf).filter((entry) => entry !== undefined);
  };
  const eventually = async (attribute: string, value: string): Promise<StoredEntry[]> =>
    (await read(await pointers(attribute, value, false), false)).filter((entry) =>
      has(entry, attribute, value),
    );
  const consistently = async (attribute: string, value: string): Promise<StoredEntry[]> => {
    for (let left = READS; left > 0; left--) {
      const uuids = await pointers(attribute, value, true);
      const entries = (await read(uuids, true)).filter((entry) => has(entry, attribute, value));
      // Pointers that lead to nobody: the value may have moved to another entry between the two reads.
      if (entries.length > 0 || uuids.length === 0) return entries;
    }
    return [];
  };

  const get = async (uuid: string): Promise<StoredEntry | undefined> =>
    entryOf(await table.get(entryItemKey(uuid), true));

  return {
    async find(login, consistency) {
      if (!isSearchable(login)) return { is: "unknown" };
      if (consistency === "eventual") {
        const result = judge(login, await eventually("login", login));
        if (result.is === "found") return result;
      }
      return judge(login, await consistently("login", login));
    },

    async match(attribute, value, consistency) {
      if (!isSearchable(value)) return [];
      const matches = consistency === "eventual" ? await eventually(attribute, value) : [];
      return matches.length > 0 ? matches : consistently(attribute, value);
    },

    async seeming(logins) {
      const names = logins.filter(isSearchable);
      const found = await concurrently(SEEMING_AT_ONCE, names, (login) => pointers("login", login, false));
      return names.filter((_, index) => (found[index] ?? []).length > 0);
    },

    get,

    async certificates(uuid) {
      const { fingerprints = [] } = (await get(uuid)) ?? {};
      const keys = fingerprints.map((fingerprint) => pointerItemKey("certificate", fingerprint, uuid));
      const items = new Map((await table.getMany(keys, true)).map(({ pk, der }) => [pk?.S, der?.B]));
      const ders = keys.map(({ pk }) => items.get(pk.S)).filter((der) => der !== undefined);
      return ders.map((der) => Buffer.from(der).toString("base64"));
    },

    async lostPointers(entries) {
      let keys = entries.flatMap((entry) =>
        pairs(valuesOf(entry)).map(([attribute, value]) => pointerItemKey(attribute, value, entry.uuid)),
      );
      // Eventual reads cost half; what they miss may only be new.
      for (const isConsistent of [false, true]) {
        const there = new Set((await patient.getMany(keys, isConsistent)).map(textOf));
        keys = keys.filter((key) => !there.has(textOf(key)));
        if (keys.length === 0) return [];
      }
      const lost = new Set(keys.map(textOf));
      return thatLost(entries, ({ uuid }, attribute, value) =>
        lost.has(textOf(pointerItemKey(attribute, value, uuid))),
      );
    },

    async *entries() {
      for await (const item of patient.scan(ENTRIES_ONLY)) {
        const entry = entryOf(item);
        if (entry !== undefined) yield entry;
      }
    },
  };
}

const textOf = ({ pk, sk }: Item): string => `${sk?.S} ${pk?.S}`;
