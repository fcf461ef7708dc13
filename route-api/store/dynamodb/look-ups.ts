import { pointerKey } from "../keys.ts";
import { has, isSearchable, judge } from "../searchable.ts";
import { type EntryStore, MATCHES_MAX, type RouteEntry } from "../store.ts";
import { ENTRIES_ONLY, entryItemKey, entryOf, pointerItemKey } from "./entry-item.ts";
import type { Table } from "./table.ts";

type LookUps = Pick<EntryStore, "find" | "match" | "get" | "certificates" | "entries">;

/** Look-ups: from a name to its pointers, from those to the entries. `patient` is used for scans. */
export function lookUps(table: Table, patient: Table): LookUps {
  const behind = async (attribute: string, value: string, isConsistent: boolean): Promise<RouteEntry[]> => {
    if (!isSearchable(value)) return [];
    const pointers = await table.query({
      ConsistentRead: isConsistent,
      Limit: MATCHES_MAX,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pointerKey(attribute, value) } },
    });
    const keys = pointers.map(({ sk }) => entryItemKey(sk?.S ?? ""));
    const [first, ...others] = keys;
    if (first === undefined) return [];
    const items =
      others.length === 0 ? [await table.get(first, isConsistent)] : await table.getMany(keys, isConsistent);
    return items.map(entryOf).filter((entry) => entry !== undefined);
  };

  const get = async (uuid: string): Promise<RouteEntry | undefined> =>
    entryOf(await table.get(entryItemKey(uuid), true));

  return {
    async find(login, consistency) {
      if (consistency === "eventual") {
        const result = judge(login, await behind("login", login, false));
        if (result.is === "found") return result;
      }
      return judge(login, await behind("login", login, true));
    },

    async match(attribute, value, consistency) {
      const matching = async (isConsistent: boolean): Promise<RouteEntry[]> =>
        (await behind(attribute, value, isConsistent)).filter((entry) => has(entry, attribute, value));
      const matches = consistency === "eventual" ? await matching(false) : [];
      return matches.length > 0 ? matches : matching(true);
    },

    get,

    async certificates(uuid) {
      const { fingerprints = [] } = (await get(uuid)) ?? {};
      const keys = fingerprints.map((fingerprint) => pointerItemKey("certificate", fingerprint, uuid));
      const items = new Map((await table.getMany(keys, true)).map(({ pk, der }) => [pk?.S, der?.B]));
      const ders = keys.map(({ pk }) => items.get(pk.S)).filter((der) => der !== undefined);
      return ders.map((der) => Buffer.from(der).toString("base64"));
    },

    async *entries() {
      for await (const item of patient.scan(ENTRIES_ONLY)) {
        const entry = entryOf(item);
        if (entry !== undefined) yield entry;
      }
    },
  };
}
