import { describe, expect, test } from "vitest";
import { createLoginArchive } from "../../../../../route-api/http/resources/history/login-archive.ts";
import { failedLogin, keptLogin } from "../../../../support/kept-login.ts";
import { type StoreUnderTest, unique } from "./under-test.ts";

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 0, 1, 12);

/** The logins that are kept for support. */
export function keptLoginContract(get: () => StoreUnderTest): void {
  describe("kept logins", () => {
    const start = (recordsPerHour = 10) => {
      const clock = { nowMs: NOON_MS };
      const open = (lists: StoreUnderTest["store"]["lists"]) =>
        createLoginArchive(lists, { days: 30, recordsPerHour }, () => clock.nowMs);
      const { store, other } = get();
      const account = unique("Alice");
      return { clock, archive: open(store.lists), elsewhere: open(other.lists), account };
    };

    test("failures are read by anybody, whatever the case of the account, until they are forgotten", async () => {
      const { archive, elsewhere, account } = start();
      const failed = failedLogin({ account });
      const succeeded = keptLogin({ account });
      await archive.keep([failed, succeeded, keptLogin({ account: unique("bob") })]);
      expect(await elsewhere.read(account.toUpperCase(), 10)).toEqual([failed, succeeded]);
      expect(await elsewhere.forget(account)).toBe(2);
      expect(await archive.read(account, 10)).toEqual([]);
      expect(await archive.forget(account)).toBe(0);
    });

    test("a batch that is repeated, at another process too, has no second effect", async () => {
      const { archive, elsewhere, account } = start();
      const batch = [failedLogin({ account }), failedLogin({ account }), keptLogin({ account })];
      await archive.keep(batch);
      await elsewhere.keep(batch);
      await archive.keep(batch);
      expect(await archive.read(account, 10)).toHaveLength(3);
    });

    test("an hour has so many failures of an account, and the next hour as many again", async () => {
      const { clock, archive, elsewhere, account } = start(3);
      const many = () => Array.from({ length: 5 }, () => failedLogin({ account }));
      await archive.keep(many());
      await elsewhere.keep(many());
      expect(await archive.read(account, 100)).toHaveLength(3);
      clock.nowMs += HOUR_MS;
      await elsewhere.keep(many());
      expect(await archive.read(account, 100)).toHaveLength(6);
      expect(await archive.read(account, 2)).toHaveLength(2);
    });

    test("a success is kept once a day for each client network and protocol, and so many an hour", async () => {
      const { clock, archive, elsewhere, account } = start(2);
      const from = (network: string, protocol: "imap" | "pop3" = "imap") =>
        keptLogin({ account, network, protocol });
      const first = from("192.0.2.0/24");
      await archive.keep([first, from("192.0.2.0/24"), from("192.0.2.0/24", "pop3")]);
      await elsewhere.keep([from("192.0.2.0/24"), from("198.51.100.0/24")]);
      const kept = await archive.read(account, 10);
      expect(kept.map(({ network, protocol }) => `${protocol} ${network}`)).toEqual([
        "pop3 192.0.2.0/24",
        "imap 192.0.2.0/24",
      ]);
      expect(kept[1]).toEqual(first);
      clock.nowMs += 24 * HOUR_MS;
      await elsewhere.keep([from("192.0.2.0/24")]);
      expect(await archive.read(account, 10)).toHaveLength(3);
    });

    test("nothing is kept or read where no days are", async () => {
      const { archive, account } = start();
      const none = createLoginArchive(get().store.lists, { days: 0, recordsPerHour: 10 });
      await archive.keep([failedLogin({ account })]);
      await none.keep([failedLogin({ account })]);
      expect(await none.read(account, 10)).toEqual([]);
      expect(await archive.read(account, 10)).toHaveLength(1);
    });
  });
}
