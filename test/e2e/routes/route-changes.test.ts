import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { allInOne } from "../../support/all-in-one.ts";
import { type Child, start } from "../../support/child.ts";
import { lineClient } from "../../support/clients/line-client.ts";
import {
  type ScriptedApi,
  type ScriptedRoutes,
  scriptedApi,
  scriptedRoutes,
} from "../../support/scripted-api.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { makeCertificate, makeFolder } from "../../support/workspace.ts";

/** A look-up may hold a login for this long. */
const LOOKUP_SECONDS = 1;
/** What a busy machine may add. */
const SLACK_SECONDS = 2;
/** Longer than any of these tests: whoever waits for it fails. */
const CACHE = { freshSeconds: 3600, lookupSeconds: LOOKUP_SECONDS, negativeSeconds: 3600 };

const folder = makeFolder("changes");
const stores: Record<"store1" | "store2", ScriptedStore> = {} as never;
let certificate: { certFile: string; keyFile: string; caFile: string };
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  writeFileSync(join(folder.path, "token"), "a-token\n");
  writeFileSync(join(folder.path, "none.ldif"), "");
  certificate = await makeCertificate(folder.path);
  for (const name of ["store1", "store2"] as const) {
    stores[name] = await scriptedStore(
      imapLogin((socket, text) => void socket.write(`${text.split(" ")[0]} OK on ${name}\r\n`)),
    );
  }
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await Promise.all(Object.values(stores).map((store) => store.close()));
  folder.remove();
});

interface Rig {
  routes: ScriptedRoutes;
  apis: ScriptedApi[];
  edge: Child;
  /** Logs a user in: gives the store that it comes to, else what the edge says. */
  login(user: string): Promise<string>;
}

interface Options {
  apis?: number;
  tls?: boolean;
  caFile?: string;
  cache?: object;
}

async function rig(runtime: RuntimeName, options: Options = {}): Promise<Rig> {
  const routes = scriptedRoutes();
  const apis: ScriptedApi[] = [];
  for (let index = 0; index < (options.apis ?? 1); index++) {
    const api = await scriptedApi(routes, options.tls === true ? certificate : undefined);
    closers.push(() => api.stop());
    apis.push(api);
  }
  const config = join(folder.path, "mmp.yaml");
  const caFile = options.caFile === undefined ? {} : { caFile: options.caFile };
  writeFileSync(
    config,
    stringify({
      routeStore: { sqlite: "routes.db" },
      directory: { ldif: "none.ldif" },
      routeApi: { url: apis.map(({ url }) => url), tokenFile: "token", ...caFile },
      stores: Object.fromEntries(
        Object.entries(stores).map(([name, { port }]) => [
          name,
          { address: "127.0.0.1", imap: { port, tls: "none" } },
        ]),
      ),
      edge: { warmUpLogins: 0 },
      instances: {
        main: {
          listeners: [{ protocol: "imap", address: "127.0.0.1", port: 0 }],
          // Each worker keeps routes of its own: what is asked would depend on which one is met.
          workers: 1,
          allowPlaintextLogin: true,
          routeCache: { ...CACHE, ...options.cache },
          limits: { failedLoginSeconds: 0.1 },
        },
      },
    }),
  );
  const [program, ...first] = RUNTIMES[runtime];
  const edge = start(program, [...first, "edge", "--config", config, "--drain-seconds", "0.1"]);
  // At once: its stores would not close first.
  closers.push(() => edge.stop("SIGKILL"));
  const listening = JSON.parse(await edge.line((line) => line.includes('"msg":"listening"'))) as {
    listeners: { port: number }[];
  };
  return {
    routes,
    apis,
    edge,
    login: loginAt(listening.listeners[0]?.port ?? 0),
  };
}

const loginAt =
  (port: number) =>
  async (user: string): Promise<string> => {
    const client = await lineClient(port);
    try {
      await client.until(/^\* OK .*\r\n/);
      client.send(`a LOGIN ${user} pw\r\n`);
      const answer = await client.until(/^a .*\r\n/m);
      const refused = /^a (?:NO|BAD) (.*)\r\n/m.exec(answer)?.[1];
      if (refused !== undefined) return refused;
      client.send("b NOOP\r\n");
      return /^b OK on (.*)\r\n/m.exec(await client.until(/^b .*\r\n/m))?.[1] ?? "";
    } finally {
      client.socket.destroy();
    }
  };

const lineOf = (edge: Child, text: string): Promise<string> => edge.line((line) => line.includes(text));

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("on %s", (runtime) => {
  test("a change is in force with the next login, and nobody else is asked for", async () => {
    const { routes, login } = await rig(runtime);
    for (const user of ["alice", "bob"]) routes.set(user, {});
    await routes.taken();
    expect(await login("alice")).toBe("store1");
    expect(await login("bob")).toBe("store1");
    expect(await login("carol")).toContain("[AUTHENTICATIONFAILED]");
    routes.move("alice", "store2");
    routes.move("carol", "store2");
    await routes.taken();
    routes.asked.length = 0;
    expect(await login("alice")).toBe("store2");
    expect(await login("carol")).toBe("store2");
    expect(await login("bob")).toBe("store1");
    expect(routes.asked).toEqual(["alice", "carol"]);
  });

  test("the API killed: known users log in; started again: the feed goes on where it was", async () => {
    const { routes, apis, edge, login } = await rig(runtime);
    const [api] = apis;
    for (const user of ["alice", "bob"]) routes.set(user, {});
    await routes.taken();
    for (const user of ["alice", "bob"]) expect(await login(user)).toBe("store1");
    await api?.stop();
    await lineOf(edge, "route change feed lost");
    expect(await login("alice")).toBe("store1");
    expect(await login("stranger")).toContain("[UNAVAILABLE]");
    routes.move("alice", "store2");
    routes.asked.length = 0;
    await api?.start();
    await routes.taken();
    expect(await login("alice")).toBe("store2");
    expect(await login("bob")).toBe("store1");
    expect(routes.asked).toEqual(["alice"]);
    expect(routes.polls.filter((cursor) => cursor === "")).toHaveLength(1);
  });

  test("a feed that does not reach back: each route is asked for before it is used", async () => {
    const { routes, apis, edge, login } = await rig(runtime);
    const [api] = apis;
    routes.set("alice", {});
    await routes.taken();
    expect(await login("alice")).toBe("store1");
    await api?.stop();
    await lineOf(edge, "route change feed lost");
    routes.set("alice", { mailHost: ["store2"] });
    routes.forget();
    await api?.start();
    await lineOf(edge, "may have been missed");
    expect(await login("alice")).toBe("store2");
  });

  test("the API accepts and says nothing: known users log in, others wait no longer than they may", async () => {
    const { routes, apis, edge, login } = await rig(runtime, { apis: 2, cache: { circuitFailures: 2 } });
    routes.set("alice", {});
    await routes.taken();
    expect(await login("alice")).toBe("store1");
    for (const api of apis) api.silent = true;
    const began = performance.now();
    const [known, ...strangers] = await Promise.all(["alice", "x1", "x2"].map(login));
    expect(known).toBe("store1");
    for (const answer of strangers) expect(answer).toContain("[UNAVAILABLE]");
    expect((performance.now() - began) / 1000).toBeLessThan(LOOKUP_SECONDS + SLACK_SECONDS);
    await lineOf(edge, "route API unavailable");
    expect(await login("x3")).toContain("[UNAVAILABLE]");
    expect(await lineOf(edge, '"login":"x3"')).toContain("look-ups are paused");
    expect(await login("alice")).toBe("store1");
  });

  test("one address takes over from the other, for look-ups and for the feed", async () => {
    const { routes, apis, login } = await rig(runtime, { apis: 2 });
    for (const user of ["alice", "bob", "carol"]) routes.set(user, {});
    await routes.taken();
    expect(await login("alice")).toBe("store1");
    const [one, two] = apis;
    await one?.stop();
    expect(await login("bob")).toBe("store1");
    await one?.start();
    await two?.stop();
    expect(await login("carol")).toBe("store1");
    routes.move("alice", "store2");
    await routes.taken();
    expect(await login("alice")).toBe("store2");
  });

  test("over TLS by the CA that is configured, and by no other", async () => {
    const trusting = await rig(runtime, { tls: true, caFile: certificate.caFile });
    trusting.routes.set("alice", {});
    await trusting.routes.taken();
    expect(await trusting.login("alice")).toBe("store1");
    trusting.routes.move("alice", "store2");
    await trusting.routes.taken();
    expect(await trusting.login("alice")).toBe("store2");
    const other = await rig(runtime, { tls: true });
    expect(await other.login("alice")).toContain("[UNAVAILABLE]");
    expect(other.routes.asked).toEqual([]);
  });
});

describe("what a route says of the account", () => {
  test("disabled: the client hears what a wrong password hears, the operator why", async () => {
    const { routes, edge, login } = await rig("bun");
    routes.set("gone", { status: "disabled", statusReason: "mailUserStatus=inactive" });
    const unknown = await login("nobody");
    expect(await login("gone")).toBe(unknown);
    const line = await edge.line((text) => text.includes('"account-disabled"'));
    expect(line).toContain("mailUserStatus=inactive");
  });

  test("claimed by two entries: a temporary failure", async () => {
    const { routes, edge, login } = await rig("bun");
    routes.set("twice", "ambiguous");
    expect(await login("twice")).toContain("[UNAVAILABLE]");
    await edge.line((text) => text.includes('"ambiguous-user"'));
  });

  test("another name and port at the store", async () => {
    const { routes, login } = await rig("bun");
    const heard: string[] = [];
    const odd = await scriptedStore((socket) => {
      imapLogin((client, text) => void client.write(`${text.split(" ")[0]} OK on odd\r\n`))(socket);
      socket.on("data", (text) => heard.push(String(text)));
    });
    closers.push(() => odd.close());
    routes.set("alice", { override: { user: "alice-at-store", imapPort: odd.port } });
    expect(await login("alice")).toBe("odd");
    const plain = /AUTHENTICATE PLAIN (\S+)/.exec(heard.join(""))?.[1] ?? "";
    expect(Buffer.from(plain, "base64").toString()).toBe("\0alice-at-store\0pw");
  });
});

/** Time for a change of the file to be seen, and a word of it to come to the edge, in milliseconds. */
const ALL_THE_WAY_MS = 20_000;

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("everything in one process on %s", (runtime) => {
  test("from the directory's file to the next login", async () => {
    const service = ({ port }: ScriptedStore) => ({ address: "127.0.0.1", imap: { port, tls: "none" } });
    const users = { alice: ["store1"] };
    const all = await allInOne(runtime, {
      users,
      stores: { store1: service(stores.store1), store2: service(stores.store2) },
      instance: { listeners: [{ protocol: "imap" }], routeCache: CACHE },
    });
    closers.push(() => all.stop("SIGKILL"));
    await all.child.line((line) => line.includes("route change feed connected"));
    const login = loginAt(all.ports[0] ?? 0);
    expect(await login("alice")).toBe("store1");
    const file = join(all.folder, "users.ldif");
    writeFileSync(file, readFileSync(file, "utf8").replace("store1", "store2"));
    const deadline = performance.now() + ALL_THE_WAY_MS;
    let store = "";
    while (store !== "store2" && performance.now() < deadline) store = await login("alice");
    expect(store).toBe("store2");
  });
});
