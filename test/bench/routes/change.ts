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
/** Changes of mailHost a second. */
const CHANGES_PER_SECOND = 100;
/** Of so many changes one is watched by logins until one goes to the new store. */
const WATCHED_OF = 10;
/** Logins that go on beside the changes and the watching, a second. */
const BACKGROUND_LOGINS = 50;
/** A login that still goes to the old store is made again after this, in milliseconds. */
const AGAIN_MS = 5;

/**
 * How long after ldapmodify of mailHost has returned the next login goes to the new store, while others change and log
 * in. Real slapd, sync, route API (SQLite) and edge; the stores only say their names.
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
    const startedMs = performance.now();
    const delays = await changing(changes, async (number, target, isWatched) => {
      // So that the edge has the route in its cache.
      if (isWatched) await storeOf(port, loginOf(number));
      await ldap.modify(dnOf(number), [replacing("mailHost", target)]);
      return isWatched ? untilAt(port, loginOf(number), target) : undefined;
    });
    const rate = changes / ((performance.now() - startedMs) / 1000);
    const logins = await others.stop();
    const figure = (share: number): string => `${percentile(delays, share).toFixed(0)} ms`;
    return [
      { what: `changes of mailHost a second, of ${changes}`, figure: rate.toFixed(0) },
      { what: `change → next login at the new store, p50 of ${delays.length}`, figure: figure(0.5) },
      { what: "the same, p99", figure: figure(0.99) },
      { what: "the same, largest", figure: figure(1) },
      { what: `other logins meanwhile, ${BACKGROUND_LOGINS} a second (none failed)`, figure: `${logins}` },
    ];
  } finally {
    await ldap.unbind();
    await site.remove();
    await directory.remove();
    for (const store of stores) store.close();
  }
}

/**
 * Moves one person after the other to the other store, at an even rate, whether or not earlier changes have arrived;
 * gives what `change` gave for those that are watched.
 */
async function changing(
  count: number,
  change: (number: number, target: string, isWatched: boolean) => Promise<number | undefined>,
): Promise<number[]> {
  const pending: Promise<number | undefined>[] = [];
  const startedMs = performance.now();
  for (let index = 0; index < count; index++) {
    const lateMs = performance.now() - startedMs - (index * 1000) / CHANGES_PER_SECOND;
    if (lateMs < 0) await new Promise((resolve) => setTimeout(resolve, -lateMs));
    const number = index % PEOPLE;
    const moves = Math.floor(index / PEOPLE) + 1;
    const target = STORES[(number + moves) % STORES.length] ?? STORES[0];
    pending.push(change(number, target, index % WATCHED_OF === 0));
  }
  return (await Promise.all(pending)).filter((delay) => delay !== undefined);
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
