import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { person, type Slapd, startSlapd } from "../../support/slapd.ts";
import { dnOf, type SyncedStore, settings, syncedStore, until } from "./synced-store.ts";

const HUGE_BYTES = 50 * 1024 * 1024;
const MANY = Array.from({ length: 100_000 }, (_, n) => `mailAlternateAddress: alias-${n}@example.com`);

let slapd: Slapd;
let synced: SyncedStore;
const huge = `mailAllowedServiceAccess: ${"x".repeat(HUGE_BYTES)}`;

beforeAll(async () => {
  slapd = await startSlapd(
    [
      person("a", ["mailHost: s1"]),
      person("many", ["mailHost: s1", ...MANY]),
      person("huge", ["mailHost: s1", huge]),
      person("z", ["mailHost: s1"]),
    ].join(""),
    { global: ["sockbuf_max_incoming_auth 268435456"] },
  );
});
afterEach(() => synced.close());
afterAll(() => slapd?.remove());

const SKIPPED = [
  {
    place: dnOf("huge"),
    reason: expect.stringMatching(/^the entry takes \d{8} bytes; at most \d+ are read$/),
  },
  { place: dnOf("many"), reason: expect.stringMatching(/^its record takes \d+ bytes; at most \d+ fit$/) },
];
const byPlace = (skipped: readonly { place: string }[]) =>
  skipped.toSorted((one, other) => one.place.localeCompare(other.place));

test("an entry of 50 MB and one of 100,000 values are skipped by name, read in pages", async () => {
  synced = await syncedStore(settings(slapd));
  const report = await synced.once();
  expect(report).toMatchObject({ read: 4, written: 2, skippedCount: 2 });
  expect(byPlace(report.skipped)).toEqual(SKIPPED);
  expect(await synced.accounts()).toEqual(["a", "z"]);
});

test("and by syncrepl, which goes on to follow changes, theirs too", async () => {
  synced = await syncedStore(settings(slapd));
  await synced.start();
  expect(await synced.accounts()).toEqual(["a", "z"]);
  expect(byPlace((await synced.status()).skipped)).toEqual(SKIPPED);
  slapd.modify(`dn: ${dnOf("huge")}\nchangetype: modify\nreplace: mailHost\nmailHost: s2\n`);
  slapd.modify(`dn: ${dnOf("a")}\nchangetype: modify\nreplace: mailHost\nmailHost: s2\n`);
  await until("a on s2", async () => (await synced.hosts("a"))?.[0] === "s2");
  slapd.modify(`dn: ${dnOf("huge")}\nchangetype: modify\ndelete: mailAllowedServiceAccess\n`);
  await until("huge on s2", async () => (await synced.hosts("huge"))?.[0] === "s2");
  await expect.poll(async () => (await synced.status()).skipped, { timeout: 20_000 }).toEqual([SKIPPED[1]]);
});
