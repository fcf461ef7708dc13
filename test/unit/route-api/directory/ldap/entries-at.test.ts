import { expect, test } from "vitest";
import { entriesAt } from "../../../../../route-api/directory/ldap/entries-at.ts";
import type { LdapMessage } from "../../../../../route-api/directory/ldap/message.ts";
import type { SearchQuery, Wire } from "../../../../../route-api/directory/ldap/wire.ts";
import type { Sought } from "../../../../../route-api/directory/source.ts";

const QUERY: SearchQuery = { base: "dc=x", scope: "sub", filter: "(mailHost=*)", attributes: ["uid"] };

/** A directory of single objects, each with its entryUUID: it knows a DN, and nothing below one. */
function objects(uuids: Readonly<Record<string, string>>, otherwise = 32) {
  const asked: SearchQuery[] = [];
  let coming: LdapMessage[] = [];
  const wire: Wire = {
    url: "ldap://one",
    search(query, controls = []) {
      expect(controls).toEqual([]);
      const id = asked.push(query);
      const uuid = uuids[query.base];
      const attributes = new Map([["entryuuid", [uuid ?? ""]]]);
      const entry: LdapMessage = { is: "entry", id, dn: query.base, attributes, sync: undefined };
      const result = uuid === undefined ? otherwise : 0;
      const done: LdapMessage = { is: "done", id, result, text: "", page: undefined };
      coming = uuid === undefined ? [done] : [entry, done];
      return id;
    },
    read: async () => coming.splice(0, 1),
    close: () => undefined,
  };
  return { wire, asked };
}

async function found({ wire }: ReturnType<typeof objects>, sought: readonly Sought[]): Promise<string[]> {
  const dns: string[] = [];
  for await (const { dn } of entriesAt(wire, QUERY, "entryUUID", sought, { silenceMs: 1000 })) dns.push(dn);
  return dns;
}

test("each entry is asked for by a search of its own, of scope base, with the filter of the sync", async () => {
  const directory = objects({ "uid=a,dc=x": "1", "uid=b,dc=x": "2" });
  const sought = [
    { dn: "uid=a,dc=x", uuid: "1" },
    { dn: "uid=b,dc=x", uuid: "2" },
  ];
  expect(await found(directory, sought)).toEqual(["uid=a,dc=x", "uid=b,dc=x"]);
  expect(directory.asked).toEqual(sought.map(({ dn }) => ({ ...QUERY, base: dn, scope: "base" })));
});

test.each<[string, number]>([
  ["does not exist", 32],
  ["may not be read", 50],
])("one that %s is not there, and the others still are", async (_, result) => {
  const directory = objects({ "uid=b,dc=x": "2", "uid=c,dc=x": "another" }, result);
  const sought = ["a", "b", "c"].map((uid, at) => ({ dn: `uid=${uid},dc=x`, uuid: String(at + 1) }));
  expect(await found(directory, sought)).toEqual(["uid=b,dc=x"]);
});

test("a server that is busy has not said that an entry is gone", async () => {
  await expect(found(objects({}, 3), [{ dn: "uid=a,dc=x", uuid: "1" }])).rejects.toMatchObject({
    code: "limit",
  });
});
