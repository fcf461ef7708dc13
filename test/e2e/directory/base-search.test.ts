import { Attribute, Change, type Client } from "ldapts";
import pino from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DirectoryConfig } from "../../../route-api/config/directory.ts";
import { Secret } from "../../../route-api/contract/secret.ts";
import { openDirectory } from "../../../route-api/directory/open.ts";
import type { DirectorySource, Sought } from "../../../route-api/directory/source.ts";
import { openSqlite } from "../../../route-api/store/sqlite/open.ts";
import { syncOnce } from "../../../route-api/sync/sync.ts";
import { BASE, person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { administrator, dnOf, settings, syncedStore } from "./synced-store.ts";

/** A user of the site; where `above` is given, an object below another user's. */
const user = (uid: string, above?: string): string => {
  const entry = person(uid, [`mail: ${uid}@example.com`, "mailHost: store1"]);
  return above === undefined ? entry : entry.replace(`,${BASE}`, `,uid=${above},${BASE}`);
};

let slapd: Slapd;
let client: Client;
beforeAll(async () => {
  slapd = await startSlapd([user("alice"), user("bob"), user("carol"), user("phone", "alice")].join(""));
  client = await administrator(slapd);
});
afterAll(async () => {
  await client.unbind();
  await slapd.remove();
});

const log = pino({ level: "silent" });
const config = (change: object = {}) =>
  DirectoryConfig.parse(settings(slapd, { filter: "(objectClass=mailUser)", maxRemovedShare: 1, ...change }));
const sourceOf = (change: object = {}): DirectorySource =>
  openDirectory(config(change), new Secret(slapd.bindPassword), log);

/** The entry as the directory has it. */
async function soughtAt(dn: string): Promise<Sought> {
  const { searchEntries } = await client.search(dn, { scope: "base", attributes: ["entryUUID"] });
  return { dn, uuid: String(searchEntries[0]?.entryUUID) };
}

const find = async (sought: readonly Sought[], change: object = {}): Promise<string[]> => {
  const found = await sourceOf(change).find?.(sought, new AbortController().signal);
  return (found ?? []).map(({ dn }) => dn);
};

test("an entry is looked for by itself: what lies below it is not taken for it", async () => {
  const [alice, phone] = [await soughtAt(dnOf("alice")), await soughtAt(`uid=phone,${dnOf("alice")}`)];
  expect(await find([alice])).toEqual([alice.dn]);
  expect(await find([phone, alice])).toEqual([phone.dn, alice.dn]);
});

test("one that is gone, another by its name, or of no use is not there, and hides none of the others", async () => {
  const alice = await soughtAt(dnOf("alice"));
  slapd.modify(user("dave") + user("erin"));
  const [dave, erin] = [await soughtAt(dnOf("dave")), await soughtAt(dnOf("erin"))];
  await client.del(dave.dn);
  slapd.modify(user("dave"));
  const kind = new Attribute({ type: "objectClass", values: ["mailUser"] });
  const hosts = new Attribute({ type: "mailHost", values: [] });
  await client.modify(erin.dn, [
    new Change({ operation: "delete", modification: hosts }),
    new Change({ operation: "delete", modification: kind }),
  ]);
  const nowhere = { dn: `uid=x,ou=nowhere,${BASE}`, uuid: alice.uuid };
  expect(await find([dave, nowhere, erin, alice])).toEqual([alice.dn]);
  expect(await find([await soughtAt(dave.dn)])).toEqual([dave.dn]);
});

test("before an entry that a reading lacks is removed, the server is asked for it", async () => {
  const store = openSqlite(":memory:");
  await store.create();
  const directory = config();
  /** Reads as the directory does, but for one entry. */
  const without = (lost: string): DirectorySource => {
    const whole = sourceOf();
    return {
      get description() {
        return whole.description;
      },
      get method() {
        return whole.method;
      },
      async *events(cursor, signal) {
        for await (const event of whole.events(cursor, signal))
          if (event.is !== "entry" || event.entry.dn !== lost) yield event;
      },
      find: (sought, signal) => whole.find?.(sought, signal) ?? Promise.resolve([]),
    };
  };
  const has = async (login: string): Promise<boolean> =>
    (await store.find(login, "consistent")).is === "found";
  await syncOnce({ source: sourceOf(), store, directory, log });
  expect([await has("bob"), await has("carol")]).toEqual([true, true]);

  await syncOnce({ source: without(dnOf("bob")), store, directory, log });
  expect(await has("bob")).toBe(true);
  await client.del(dnOf("bob"));
  await syncOnce({ source: without(dnOf("bob")), store, directory, log });
  expect([await has("bob"), await has("carol")]).toEqual([false, true]);
  await store.close();
});

test("a base may be a single entry, which is followed like any other", async () => {
  const synced = await syncedStore(settings(slapd, { base: dnOf("carol") }), slapd.bindPassword);
  await synced.start();
  expect(await synced.accounts()).toEqual(["carol@example.com"]);
  slapd.modify(user("frank"));
  await client.modify(dnOf("carol"), [
    new Change({
      operation: "replace",
      modification: new Attribute({ type: "mailHost", values: ["store2"] }),
    }),
  ]);
  await expect.poll(() => synced.hosts("carol"), { timeout: 20_000 }).toEqual(["store2"]);
  expect(await synced.accounts()).toEqual(["carol@example.com"]);
  await synced.close();
});
