import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimsOf } from "../../../route-api/contract/claims.ts";
import { openStore } from "../../../route-api/store/open.ts";
import type { FullEntry, RouteStore, StoredEntry } from "../../../route-api/store/store.ts";
import { type Child, start } from "../../support/child.ts";
import { type DynamoDouble, doubles } from "../../support/dynamodb/doubles.ts";
import { type Front, isWrite, openFront } from "../../support/dynamodb/front.ts";
import { pointersIn } from "../../support/dynamodb/pointers.ts";
import type { WriterTask } from "../../support/programs/store-writer.ts";
import { found, stored as storedAs } from "../../support/stored.ts";
import { makeFolder } from "../../support/workspace.ts";
import { nextEpoch, put, remove } from "../../support/writes.ts";

const TABLE = "mmp";

let double: DynamoDouble;
let front: Front;
let store: RouteStore;

beforeAll(async () => {
  double = (await doubles.find(({ name }) => name === "dynalite")?.start()) as DynamoDouble;
  front = await openFront(double.endpoint);
  store = openStore({ dynamodb: { table: TABLE, region: "local", endpoint: double.endpoint } });
  await store.create();
});
afterAll(async () => {
  await store.close();
  await front.close();
  await double.close();
});

const startWriter = (...steps: WriterTask["steps"]): Child => {
  const config = { dynamodb: { table: TABLE, region: "local", endpoint: front.endpoint } };
  const task: WriterTask = { steps, rounds: 1, epoch: nextEpoch() };
  return start("node", [
    "test/support/programs/store-writer.ts",
    JSON.stringify(config),
    JSON.stringify(task),
  ]);
};

/** Runs the writer, killed just before its write of this number (from 0); false where it makes fewer. */
async function killBefore(write: number, step: WriterTask["steps"][number]): Promise<boolean> {
  let writes = 0;
  let isKilled = false;
  const child = startWriter(step);
  front.decide = async (request) => {
    if (isKilled || (isWrite(request) && writes++ === write)) {
      isKilled = true;
      await child.stop("SIGKILL");
      return "hang";
    }
    return "pass";
  };
  const ended = await child.exited;
  if (!isKilled && ended !== 0) throw new Error(child.lines.join("\n"));
  return isKilled;
}

const UUID = "5b7d1c1e-5c0e-103d-8f2e-9d3b1a2c3d4e";
const OLD: FullEntry = {
  uuid: UUID,
  dn: "uid=ann,dc=example,dc=com",
  account: "ann@example.com",
  logins: ["ann", "ann@example.com", "old@example.com"],
  mailHost: ["store1"],
  version: "20260101000000.000000Z#000000#000#000000",
  attributes: { cn: ["ann old"] },
  fingerprints: ["aa"],
  certificates: ["AAAA"],
};
const NEW: FullEntry = {
  ...OLD,
  dn: "uid=ann,ou=moved,dc=example,dc=com",
  logins: ["ann", "ann@example.com", "new@example.com"],
  mailHost: ["store2"],
  version: "20260102000000.000000Z#000000#000#000000",
  attributes: { cn: ["ann new"] },
  fingerprints: ["bb"],
  certificates: ["BBBB"],
};
/** Another account, which none of it may touch. */
const OTHER: FullEntry = {
  ...OLD,
  uuid: "other",
  dn: "uid=other,dc=example,dc=com",
  account: "other@example.com",
  logins: ["other@example.com"],
  attributes: { cn: ["other"] },
  fingerprints: ["cc"],
};

const routeOf = ({ certificates: _, ...route }: FullEntry): StoredEntry => storedAs(route);
const pointersOf = (entry: FullEntry | undefined): string[] =>
  entry === undefined
    ? []
    : [
        ...entry.logins.map((login) => `login=${login}`),
        ...(entry.attributes?.cn ?? []).map((cn) => `cn=${cn}`),
        ...(entry.fingerprints ?? []).map((fingerprint) => `certificate=${fingerprint}`),
        ...claimsOf(entry)
          .filter((claim) => !entry.logins.includes(claim))
          .map((claim) => `claim=${claim}`),
        `dn=${entry.dn}`,
      ].sort();

/** Each name leads to one whole state that lists it, or nowhere; a name of both states never leads nowhere. */
async function expectOneState(before: FullEntry | undefined, after: FullEntry | undefined): Promise<void> {
  const states = [before, after].filter((state) => state !== undefined);
  const stored = await store.get(UUID);
  const names = new Set(states.flatMap(({ logins }) => logins));
  for (const reading of ["eventual", "consistent"] as const) {
    for (const name of names) {
      const result = await store.find(name, reading);
      if (stored?.logins.includes(name)) expect(result).toEqual(found(stored));
      else expect(result).toEqual({ is: "unknown" });
    }
    for (const cn of ["ann old", "ann new"]) {
      const expected = stored?.attributes?.cn?.includes(cn) ? [stored] : [];
      expect(await store.match("cn", cn, reading)).toEqual(expected);
    }
    expect(await store.find("other@example.com", reading)).toEqual(found(routeOf(OTHER)));
  }
  if (stored === undefined) expect([before, after]).toContain(undefined);
  else expect(states.map(routeOf)).toContainEqual(stored);
}

const putting = (entry: FullEntry) => ({ put: [entry] });
const removing = { remove: [UUID] };

/** What is killed, and what the directory says afterwards. */
const CASES: {
  name: string;
  before: FullEntry | undefined;
  step: WriterTask["steps"][number];
  after: FullEntry | undefined;
  later: FullEntry | undefined;
}[] = [
  { name: "at a new entry", before: undefined, step: putting(NEW), after: NEW, later: NEW },
  {
    name: "at a change of names, host and certificate",
    before: OLD,
    step: putting(NEW),
    after: NEW,
    later: NEW,
  },
  { name: "at a removal", before: OLD, step: removing, after: undefined, later: undefined },
  {
    name: "at a removal before the entry comes back",
    before: OLD,
    step: removing,
    after: undefined,
    later: OLD,
  },
  {
    name: "at a change before the entry is removed",
    before: OLD,
    step: putting(NEW),
    after: NEW,
    later: undefined,
  },
];

describe("a writer to DynamoDB is killed before each of its writes in turn", () => {
  test.each(CASES)("$name", { timeout: 180_000 }, async ({ before, step, after, later }) => {
    await put(store, [OTHER]);
    let writes = 0;
    for (let isKilled = true; isKilled; writes++) {
      await remove(store, [UUID]);
      if (before !== undefined) await put(store, [before]);
      isKilled = await killBefore(writes, step);
      await expectOneState(before, after);

      const stored = await store.get(UUID);
      if (later === undefined) {
        // A removal that did not end is told again; one that did is not.
        const told =
          "put" in step ? stored && storedAs(stored) : isKilled ? before && routeOf(before) : undefined;
        expect(await remove(store, [UUID])).toEqual(told === undefined ? [] : [told]);
      } else {
        const [result] = await put(store, [later]);
        const isTold = stored === undefined || (isKilled && later === after);
        expect(result?.did).toBe(isTold ? "wrote" : "nothing");
      }
      await expectOneState(later, later);
      expect(await store.certificates(UUID)).toEqual(later?.certificates ?? []);

      const left = await pointersIn(double.endpoint, TABLE, UUID);
      expect(left).toEqual(expect.arrayContaining(pointersOf(later)));
      // A new name that no entry ever listed, and that the directory then took back, may stay: it leads nowhere.
      const forgotten = later === after ? [] : pointersOf(NEW);
      expect([...pointersOf(later), ...forgotten]).toEqual(expect.arrayContaining(left));
    }
    expect(writes).toBeGreaterThan(7);
  });
});

describe("a writer to SQLite is killed", () => {
  const folder = makeFolder("crash");
  const path = join(folder.path, "routes.db");
  afterAll(() => folder.remove());

  const COUNT = 20;
  /** Entries without versions, so that each state follows the other for ever. */
  const entries = (state: FullEntry): FullEntry[] =>
    Array.from({ length: COUNT }, (_, index) => ({
      ...state,
      uuid: `u${index}`,
      logins: state.logins.map((login) => `${index}.${login}`),
      version: "",
    }));
  const [first, second] = [entries(OLD), entries(NEW)];
  const half = second.slice(0, COUNT / 2).map(({ uuid }) => uuid);
  const states = [[], first, second, second.slice(COUNT / 2)].map((state) => state.map(routeOf));

  test("in the middle: the file is whole, and holds the state of one write", async () => {
    const task: WriterTask = {
      steps: [{ put: first }, { put: second }, { remove: half }],
      rounds: Number.MAX_SAFE_INTEGER,
      epoch: nextEpoch(),
    };
    for (let round = 1; round <= 12; round++) {
      const args = [JSON.stringify({ sqlite: path }), JSON.stringify(task)];
      const child = start("node", ["test/support/programs/store-writer.ts", ...args]);
      await child.line((line) => line === `round ${round * 7}`);
      await child.stop("SIGKILL");

      const sqlite = openStore({ sqlite: path });
      const stored: StoredEntry[] = [];
      for await (const entry of sqlite.entries()) stored.push(entry);
      expect(states).toContainEqual(stored.sort((a, b) => Number(a.uuid.slice(1)) - Number(b.uuid.slice(1))));
      for (const login of [...first, ...second].flatMap(({ logins }) => logins)) {
        const entry = stored.find(({ logins }) => logins.includes(login));
        const expected = entry === undefined ? { is: "unknown" } : { is: "found", entry };
        expect(await sqlite.find(login, "consistent")).toEqual(expected);
      }
      const database = new DatabaseSync(path, { readOnly: true });
      expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
      const pointers = database.prepare("SELECT count(*) AS count FROM pointers").get()?.count;
      expect(pointers).toBe(stored.flatMap(pointersOf).length);
      database.close();
      await sqlite.close();
    }
  });
});
