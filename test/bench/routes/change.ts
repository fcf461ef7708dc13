import { createServer } from "node:net";
import { Client } from "ldapts";
import { lineClient } from "../../support/clients/line-client.ts";
import { replacing } from "../../support/slapd.ts";
import { freePort } from "../../support/workspace.ts";
import { startBenchDirectory } from "./directory.ts";
import { percentile, type Row } from "./figures.ts";
import { ADMIN_DN, dnOf, loginOf } from "./people.ts";
import { benchSite } from "./site.ts";

const PEOPLE = 1000;
const STORES = ["store-a", "store-b"] as const;
/** Logins that go on beside the changes, a second. */
const BACKGROUND_LOGINS = 50;
/** A login that still goes to the old store is made again after this, in milliseconds. */
const AGAIN_MS = 5;

/**
 * How long after ldapmodify of mailHost has returned the next login goes to the new store, while others log in. Real
 * slapd, sync, route API (SQLite) and edge; the stores only say their names.
 */
export async function measureChange(changes: number): Promise<Row[]> {
  const stores = await Promise.all(STORES.map(namedStore));
  const directory = await startBenchDirectory(PEOPLE, STORES);
  const site = await benchSite({
    routeStore: { sqlite: "routes.db" },
    directory,
    stores: Object.fromEntries(stores.map(({ name, port }) => [name, port])),
  });
  const ldap = new Client({ url: directory.url });
  try {
    await ldap.bind(ADMIN_DN, directory.password);
    await site.run(["route-api"], /"listening"/);
    await site.run(["sync"], /full read complete/);
    const edge = await site.run(["edge"], /"listening"/);
    const port = Number(
      /"port":(\d+)/.exec(edge.lines.find((line) => line.includes("listening")) ?? "")?.[1],
    );

    const others = background(port);
    const delays: number[] = [];
    for (let index = 0; index < changes; index++) {
      const number = index % PEOPLE;
      const before = await storeOf(port, loginOf(number));
      const target = STORES.find((name) => name !== before) ?? STORES[0];
      await ldap.modify(dnOf(number), [replacing("mailHost", target)]);
      delays.push(await untilAt(port, loginOf(number), target));
    }
    const logins = await others.stop();
    const figure = (share: number): string => `${percentile(delays, share).toFixed(0)} ms`;
    return [
      { what: `change of mailHost → next login at the new store, p50 of ${changes}`, figure: figure(0.5) },
      { what: "the same, p99", figure: figure(0.99) },
      { what: "the same, largest", figure: figure(1) },
      { what: `other logins meanwhile (none failed)`, figure: `${logins}` },
    ];
  } finally {
    await ldap.unbind();
    await site.remove();
    await directory.remove();
    for (const store of stores) store.close();
  }
}

/** Milliseconds until a login begins that ends at the store. */
async function untilAt(port: number, login: string, store: string): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    const elapsedMs = performance.now() - startedMs;
    if ((await storeOf(port, login)) === store) return elapsedMs;
    if (elapsedMs > 30_000) throw new Error(`${login} never came to ${store}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Logs in, and gives the name of the store that answered. */
async function storeOf(port: number, login: string): Promise<string> {
  const client = await lineClient(port);
  await client.until(/^\* OK .*\r\n/);
  client.send(`a LOGIN ${login} x\r\n`);
  const name = /^a OK .*at (\S+)\r\n/m.exec(await client.until(/^a .*\r\n/m))?.[1];
  client.socket.destroy();
  if (name === undefined) throw new Error(`${login} was not let in`);
  return name;
}

/** Users that log in all the time. */
function background(port: number) {
  let count = 0;
  let failure: unknown;
  const pending = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const one: Promise<void> = storeOf(port, loginOf(count % PEOPLE))
      .then(
        () => void count++,
        (error: unknown) => {
          failure = error;
        },
      )
      .finally(() => pending.delete(one));
    pending.add(one);
  }, 1000 / BACKGROUND_LOGINS);
  return {
    async stop(): Promise<number> {
      clearInterval(timer);
      await Promise.all(pending);
      if (failure !== undefined) throw failure;
      return count;
    },
  };
}

/** An IMAP store that lets everybody in, and says its name. */
async function namedStore(name: string): Promise<{ name: string; port: number; close(): void }> {
  const port = await freePort();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.write("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    socket.once("data", (bytes) =>
      socket.write(`${bytes.toString().split(" ")[0]} OK [CAPABILITY IMAP4rev1] at ${name}\r\n`),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { name, port, close: () => void server.close() };
}
