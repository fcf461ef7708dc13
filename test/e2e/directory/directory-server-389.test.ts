import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DirectoryServer389,
  mailRecipient,
  start389,
  whyNo389,
} from "../../support/directory-server-389.ts";
import { BASE } from "../../support/slapd.ts";
import { dnOf, type SyncedStore, syncedStore, until } from "./synced-store.ts";

const no389 = whyNo389();
const named = no389 === undefined ? "" : ` (skipped: ${no389})`;

describe.skipIf(no389 !== undefined)(`389 Directory Server${named}`, () => {
  let server: DirectoryServer389;
  let synced: SyncedStore;
  beforeAll(async () => {
    server = await start389(
      [
        mailRecipient("alice", ["mail: alice@x.com", "mailHost: store1"]),
        mailRecipient("bob", ["mail: bob@x.com", "mailHost: store1"]),
        mailRecipient("printer", ["mail: printer@x.com"]),
      ].join(""),
    );
    synced = await syncedStore({
      url: server.url,
      base: BASE,
      bindDn: server.bindDn,
      filter: "(&(objectClass=mailRecipient)(mailHost=*))",
      uuidAttribute: "nsUniqueId",
      retrySeconds: 0.05,
    });
    await synced.start();
  });
  afterAll(async () => {
    await synced?.close();
    await server?.remove();
  });

  const says = (uid: string, ...lines: string[]): void =>
    server.modify([`dn: ${dnOf(uid)}`, ...lines, ""].join("\n"));
  const gone = (login: string) => until(`no ${login}`, async () => (await synced.hosts(login)) === undefined);

  test("is read whole, and followed by syncrepl", async () => {
    expect(await synced.accounts()).toEqual(["alice@x.com", "bob@x.com"]);
    await until("its status", async () => (await synced.status()).state === "following");
    expect(await synced.status()).toMatchObject({
      method: "syncrepl",
      lastFullRun: { read: 2, written: 2, removed: 0 },
    });
  });

  test("has its changes, additions and removals in the store", async () => {
    says("bob", "changetype: modify", "replace: mailHost", "mailHost: store2");
    await until("store2", async () => (await synced.hosts("bob@x.com"))?.includes("store2"));
    server.modify(mailRecipient("carol", ["mail: carol@x.com", "mailHost: store3"]));
    await until("carol", () => synced.hosts("carol"));
    says("carol", "changetype: delete");
    await gone("carol");
    says("alice", "changetype: modify", "delete: mailHost");
    await gone("alice");
    expect(await synced.accounts()).toEqual(["bob@x.com"]);
  });
});
