import { afterEach, beforeEach, expect, test } from "vitest";
import type { RouteStore } from "../../../../route-api/store/store.ts";
import { verify } from "../../../../route-api/sync/verify.ts";
import { config, entry, type SyncFixture, scripted, syncFixture, whole } from "./fixture.ts";

let store: RouteStore;
let once: SyncFixture["once"];
let close: SyncFixture["close"];
beforeEach(async () => {
  ({ store, once, close } = await syncFixture());
});
afterEach(() => close());

test("verify finds what is missing, surplus and different", async () => {
  await once(whole(entry("a"), entry("b"), entry("c")));
  const found: unknown[] = [];
  const events = whole(entry("a"), entry("b", { mailhost: ["store9"], inetuserstatus: ["x"] }), entry("d"));
  const result = await verify(scripted(events).source, store, config(), (difference) =>
    found.push(difference),
  );
  expect(result).toEqual({ directory: 3, table: 3, differences: 3 });
  expect(found).toEqual([
    { is: "different", uuid: "uuid-b", dn: "uid=b,dc=x", fields: ["mailHost", "disabled"] },
    { is: "missing", uuid: "uuid-d", dn: "uid=d,dc=x" },
    { is: "surplus", uuid: "uuid-c", dn: "uid=c,dc=x" },
  ]);
});
