import { expect, test } from "vitest";
import { type DeltaOptions, deltaEvents } from "../../../../../route-api/directory/following/delta.ts";
import type { LdapMessage } from "../../../../../route-api/directory/ldap/message.ts";
import type { Wire } from "../../../../../route-api/directory/ldap/wire.ts";

const csn = (time: string): string => `20260101${time}.000000Z#000000#000#000000`;
const entry = (uid: string, attribute: string, value: string) => (id: number) =>
  ({
    is: "entry",
    id,
    dn: `uid=${uid}`,
    attributes: new Map([[attribute.toLowerCase(), [value]]]),
    sync: undefined,
  }) as const satisfies LdapMessage;

const OPTIONS: Omit<DeltaOptions, "wire"> = {
  query: { base: "dc=x", scope: "sub", filter: "(uid=*)", attributes: [] },
  uuidAttribute: "entryUUID",
  isActiveDirectory: false,
  highestUsn: undefined,
  readCsns: async () => undefined,
  server: "ldap://test",
  everyMs: 1,
  pageSize: 1,
  silenceMs: 1000,
};

/** Filters of the first three questions, where the first takes a minute between its two entries. */
async function questions(
  [first, second]: [(id: number) => LdapMessage, (id: number) => LdapMessage],
  change: Partial<DeltaOptions>,
): Promise<string[]> {
  let nowMs = 0;
  const filters: string[] = [];
  let coming: ((id: number) => LdapMessage)[] = [];
  const done = (id: number): LdapMessage => ({ is: "done", id, result: 0, text: "", page: undefined });
  const wire: Wire = {
    url: "ldap://one",
    search({ filter }) {
      coming = filters.push(filter) === 1 ? [first, second, done] : [second, done];
      return filters.length;
    },
    async read() {
      const next = coming.shift();
      if (next === second && filters.length === 1) nowMs += 60_000;
      return next === undefined ? [] : [next(filters.length)];
    },
    close: () => undefined,
  };
  for await (const _ of deltaEvents({ ...OPTIONS, wire, ...change }, undefined, () => nowMs))
    if (filters.length === 3) break;
  return filters.slice(1);
}

test.each<[string, string, [string, string], [string, string], Partial<DeltaOptions>]>([
  ["entryCSN", "entryCSN", [csn("110000"), csn("120000")], [csn("115855"), csn("115955")], {}],
  [
    "time",
    "modifyTimestamp",
    ["20260101110000Z", "20260101120000Z"],
    ["20260101115855Z", "20260101115955Z"],
    {},
  ],
  ["number", "uSNChanged", ["90", "120"], ["100", "120"], { isActiveDirectory: true, highestUsn: "100" }],
])("what changed while all was read is asked for: by %s", async (_name, attribute, [a, b], from, change) => {
  const filters = await questions([entry("a", attribute, a), entry("b", attribute, b)], change);
  expect(filters).toEqual(from.map((value) => `(&(uid=*)(${attribute}>=${value}))`));
});

test("does not ask for everything again and again where entries do not show how new they are", async () => {
  const filters: string[] = [];
  let coming: LdapMessage[] = [];
  let quiet = 0;
  const wire: Wire = {
    url: "ldap://one",
    search({ filter }) {
      const id = filters.push(filter);
      coming = [entry("a", "cn", "a")(id), { is: "done", id, result: 0, text: "", page: undefined }];
      return id;
    },
    async read() {
      if (coming.length === 0 && ++quiet > 3) throw new Error("enough");
      return coming.splice(0);
    },
    close: () => undefined,
  };
  const events: string[] = [];
  const follow = async () => {
    for await (const { is } of deltaEvents({ ...OPTIONS, wire }, undefined)) events.push(is);
  };
  await expect(follow()).rejects.toThrow("enough");
  expect({ events, filters }).toEqual({ events: ["refreshing", "entry", "refreshed"], filters: ["(uid=*)"] });
});
