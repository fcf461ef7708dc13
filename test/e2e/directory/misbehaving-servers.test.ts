import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { largeEntry } from "../../support/large-entry.ts";
import {
  BIND,
  bound,
  deleted,
  done,
  found,
  type OddRequest,
  reference,
  refreshed,
  startOddServer,
} from "./misbehaving-server.ts";
import { type SyncedStore, syncedStore, until } from "./synced-store.ts";

const PAGED = "1.2.840.113556.1.4.319";
const SYNC = "1.3.6.1.4.1.4203.1.9.1.1";

let synced: SyncedStore;
let server: { url: string; close(): Promise<void> };
afterEach(async () => {
  await synced.close();
  await server.close();
});

const user = (id: number, uid: string): Buffer =>
  found(id, `uid=${uid},dc=x`, { uid: [uid], mailHost: ["s1"], entryUUID: [`uuid-${uid}`] });

async function serve(
  controls: string[],
  search: (request: OddRequest, socket: Socket) => Buffer[],
  change: object = {},
  hasCsns = false,
): Promise<void> {
  server = await startOddServer((request, socket) => {
    if (request.operation === BIND) return [bound(request.id)];
    // It has no contextCSN, unless the test says otherwise.
    if (request.bytes.includes("contextCSN") && !hasCsns) return [done(request.id)];
    if (request.base !== "") return search(request, socket);
    return [
      found(request.id, "", { supportedControl: controls, namingContexts: ["dc=x"] }),
      done(request.id),
    ];
  });
  const base = {
    url: server.url,
    base: "dc=x",
    bindDn: "cn=sync,dc=x",
    retrySeconds: 0.05,
    searchTimeoutSeconds: 5,
  };
  synced = await syncedStore({ ...base, ...change });
}

test("an empty page with a cookie is not the last", async () => {
  let page = 0;
  await serve([PAGED], ({ id }) => {
    page++;
    if (page === 1) return [user(id, "a"), done(id, 0, "second")];
    if (page === 2) return [done(id, 0, "third")];
    return [user(id, "b"), done(id, 0, "")];
  });
  expect(await synced.once()).toMatchObject({ read: 2, written: 2 });
  expect(page).toBe(3);
});

const MANY = Array.from({ length: 100_000 }, (_, n) => `alias-${n}@example.com`);
const HUGE = Buffer.alloc(50 * 1024 * 1024, "x");
const COOKIE = "rid=1,csn=20260101000000.000000Z#000000#000#000000";

test.each([
  "mailAlternateAddress",
  "mailHost",
  "mailAllowedServiceAccess",
  "userCertificate",
  "mail;range=0-*",
])("an entry with 100,000 values of %s costs itself at most", async (attribute) => {
  await serve([PAGED], ({ id }) => [
    user(id, "a"),
    found(id, "uid=b,dc=x", {
      uid: ["b"],
      mail: ["b@x"],
      mailHost: ["s1"],
      entryUUID: ["b"],
      [attribute]: MANY,
    }),
    user(id, "c"),
    done(id),
  ]);
  expect(await synced.once()).toMatchObject({ read: 3 });
  expect(await synced.accounts()).toEqual(expect.arrayContaining(["a", "c"]));
});

/** 16 bytes, and how LDAP writes them as an entryUUID. */
const identifier = (uid: string) => {
  const bytes = Buffer.from(uid.padEnd(16, "-"));
  const text = bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { bytes, text };
};

test.each(["in pages", "by syncrepl"])(
  "an entry of 50 MB is skipped by name, %s, and the sync goes on",
  async (how) => {
    const pages = how === "in pages";
    const entry = (id: number, uid: string): Buffer => {
      const { bytes, text } = identifier(uid);
      const attributes = { uid: [uid], mailHost: ["s1"], entryUUID: [text] };
      return found(id, `uid=${uid},dc=x`, attributes, pages ? undefined : bytes.toString());
    };
    const large = (id: number): Buffer =>
      largeEntry({
        id,
        dn: "uid=big,dc=x",
        values: [HUGE],
        ...(pages ? {} : { uuid: identifier("big").bytes }),
      });
    await serve([pages ? PAGED : SYNC], ({ id }) => [
      large(id),
      entry(id, "a"),
      entry(id, "c"),
      pages ? done(id) : refreshed(id, COOKIE),
    ]);
    if (pages) await synced.once();
    else await synced.start();
    expect(await synced.accounts()).toEqual(["a", "c"]);
    expect(await synced.status()).toMatchObject({
      skippedCount: 1,
      skipped: [
        { place: "uid=big,dc=x", reason: expect.stringMatching(/^the entry takes \d+ bytes; at most/) },
      ],
    });
  },
);

test("references are counted and not followed, and keep nothing from being removed", async () => {
  let uids = ["a", "b"];
  await serve(
    [PAGED],
    ({ id }) => [reference(id, "ldap://other/dc=y"), ...uids.map((uid) => user(id, uid)), done(id, 0, "")],
    { maxRemovedShare: 1 },
  );
  expect(await synced.once()).toMatchObject({ read: 2, references: 1 });
  uids = ["a"];
  expect(await synced.once()).toMatchObject({ read: 1, references: 1, removed: 1 });
});

test.each([
  ["at a size limit", (id: number) => [user(id, "a"), done(id, 4)], "limit"],
  ["at a time limit", (id: number) => [user(id, "a"), done(id, 3)], "limit"],
  ["in silence", (id: number) => [user(id, "a")], "closed"],
  ["in what is no LDAP", (id: number) => [user(id, "a"), Buffer.from("HTTP/1.1 400\r\n\r\n")], "protocol"],
  [
    "in a message that is too large",
    (id: number) => [user(id, "a"), Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff])],
    "protocol",
  ],
])("a reading that ends %s removes nothing", async (_name, answer, code) => {
  let answers = ({ id }: OddRequest): Buffer[] => [user(id, "a"), user(id, "b"), done(id, 0, "")];
  await serve([PAGED], (request) => answers(request), { maxRemovedShare: 1 });
  await synced.once();
  answers = ({ id }) => answer(id);
  await expect(synced.once({ searchTimeoutSeconds: code === "closed" ? 0.3 : 5 })).rejects.toMatchObject({
    code,
  });
  expect(await synced.accounts()).toEqual(["a", "b"]);
});

test("a server that hangs up in the middle of a reading removes nothing, and is asked again", async () => {
  let readings = 0;
  await serve(
    [PAGED],
    ({ id }, socket) => {
      readings++;
      if (readings > 1 && readings < 4) socket.end(user(id, "a"));
      return readings === 1 || readings > 3 ? [user(id, "a"), user(id, "b"), done(id, 0, "")] : [];
    },
    { maxRemovedShare: 1, sync: "compare", compareSeconds: 0.05 },
  );
  await synced.start();
  expect(await synced.accounts()).toEqual(["a", "b"]);
  await until("four readings", async () => readings >= 4);
  expect(await synced.accounts()).toEqual(["a", "b"]);
});

/** An entry that syncrepl identifies by what `attribute` has. */
function synced16(id: number, uid: string, attribute = "entryUUID"): Buffer {
  const uuid = `uuid-of-${uid}-123456`.slice(0, 16);
  return found(id, `uid=${uid},dc=x`, { uid: [uid], mailHost: ["s1"], [attribute]: [uuid] }, uuid);
}

test("a server that identifies entries otherwise than uuidAttribute is refused at the first of them", async () => {
  await serve([SYNC], ({ id }) => [synced16(id, "a", "nsUniqueId"), refreshed(id, "the-cookie")]);
  await synced.start();
  const failure = await until("the refusal", async () => (await synced.status()).failure);
  expect(failure.code).toBe("identifier");
  expect(failure.message).toMatch(/set directory\.uuidAttribute to nsUniqueId, not entryUUID$/);
  expect(await synced.accounts()).toEqual([]);
});

test("a server that asks for everything to be read anew (4096) is read anew, and followed", async () => {
  const cookies: boolean[] = [];
  await serve([SYNC], ({ id, bytes }) => {
    const resumed = bytes.includes("the-cookie");
    cookies.push(resumed);
    // At first it forgets in the middle of following, then what a cookie says.
    if (cookies.length === 1) return [synced16(id, "a"), refreshed(id, "the-cookie"), done(id, 4096)];
    if (resumed) return [done(id, 4096)];
    return [synced16(id, "a"), synced16(id, "b"), refreshed(id, "the-cookie")];
  });
  await synced.start();
  await until("b", () => synced.hosts("b"));
  await synced.stop();
  await synced.start();
  await until("four searches", async () => cookies.length === 4);
  expect(cookies).toEqual([false, false, true, false]);
  expect(await synced.accounts()).toEqual(["a", "b"]);
});

test("a server that asks for that whatever one does (4096) is asked ever more seldom, and named", async () => {
  let searches = 0;
  await serve([SYNC], ({ id }) => {
    searches++;
    return [done(id, 4096)];
  });
  await synced.start({ retrySeconds: 60 });
  await until("the failure", async () => (await synced.status()).failure?.code === "search");
  expect(searches).toBe(1);
});

test("a server that takes long to tell what was missed is heard to the end", async () => {
  const csn = (minute: string): string => `2026010100${minute}00.000000Z#000000#000#000000`;
  let searches = 0;
  let probes = 0;
  let open = 0;
  await serve(
    [SYNC],
    ({ id, bytes }) => {
      if (bytes.includes("contextCSN")) {
        const answer = [found(id, "dc=x", { contextCSN: [csn("30")] }), done(id)];
        return ++probes < 8 ? answer : [...answer, refreshed(open, `rid=000,csn=${csn("30")}`)];
      }
      open = id;
      return ++searches === 1 ? [refreshed(id, `rid=000,csn=${csn("00")}`)] : [];
    },
    { lagSeconds: 10 },
    true,
  );
  await synced.start();
  await synced.stop();
  await synced.start({ lagSeconds: 0.02 });
  expect((await synced.status()).failure).toBeUndefined();
  expect({ searches, isHeard: probes >= 8 }).toEqual({ searches: 2, isHeard: true });
});

test("a deletion is believed although the server does not tell how far it is", async () => {
  const csn = (day: number): string => `2026010${day}000000.000000Z#000000#000#000000`;
  const at = (id: number, uid: string, day: number, uuid: string): Buffer =>
    found(
      id,
      `uid=${uid},dc=x`,
      { uid: [uid], mailHost: [`s${day}`], entryCSN: [csn(day)], entryUUID: [uuid] },
      uuid,
    );
  const [a, b] = ["0123456789abcdef", "fedcba9876543210"] as const;
  let tell = (_change: (id: number) => Buffer): void => undefined;
  await serve(
    [SYNC],
    ({ id, bytes }, socket) => {
      if (bytes.includes("contextCSN")) return [found(id, "dc=x", { contextCSN: [csn(1)] }), done(id)];
      tell = (change) => void socket.write(change(id));
      return [at(id, "a", 1, a), at(id, "b", 1, b), refreshed(id, `rid=000,csn=${csn(1)}`)];
    },
    {},
    true,
  );
  await synced.start();
  tell((id) => at(id, "a", 5, a));
  await until("a's move", async () => (await synced.hosts("a"))?.[0] === "s5");
  tell((id) => deleted(id, "uid=a,dc=x", a));
  tell((id) => at(id, "b", 6, b));
  await until("b's move", async () => (await synced.hosts("b"))?.[0] === "s6");
  expect(await synced.accounts()).toEqual(["b"]);
});

test("a server that is silent while it is followed is given up, and asked again", async () => {
  let searches = 0;
  let isFollowed = false;
  await serve(
    [SYNC],
    ({ id, bytes }) => {
      if (bytes.includes("contextCSN") && !isFollowed) return [done(id)];
      isFollowed = !isFollowed;
      if (isFollowed) searches++;
      return [];
    },
    { lagSeconds: 0.05, searchTimeoutSeconds: 0.3 },
    true,
  );
  void synced.start();
  await until("the failure", async () => (await synced.status()).failure?.code === "closed");
  const before = searches;
  await until("another attempt", async () => searches > before);
});

test("a server that takes the bind and cannot serve is left for the next one", async () => {
  await serve([PAGED], ({ id }) => [done(id, 52)]);
  const other = await startOddServer(({ id, operation, base }) => {
    if (operation === BIND) return [bound(id)];
    return base === "" ? [done(id)] : [user(id, "a"), done(id)];
  });
  await synced.start({ url: [server.url, other.url] });
  await until("a", () => synced.hosts("a"));
  await synced.stop();
  await other.close();
});
