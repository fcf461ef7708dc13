import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Edges } from "../../../../route-api/contract/edges.ts";
import type { LineClient } from "../../../support/clients/line-client.ts";
import type { SupportSite } from "../../../support/support-site.ts";
import { eventuallyAsync } from "../../../support/wait.ts";
import { type StormOptions, type StormResult, storm } from "./clients.ts";
import { type Accounts, type NamedEdge, takeAccounts, type Walk, walk } from "./counts.ts";

/** Sessions at each edge that stay open all the time, in pairs at either store. */
const STAYING = ["alice", "carol", "alice", "carol", "bob", "dave"];
/** Small enough that the list always has several pages. */
const PAGE = 7;
/** Equal questions within a second share an answer, which may be older than a session by so much, in milliseconds. */
const SHARED_MS = 2000;
/** Longest wait until everybody counts the same, in milliseconds. */
const SETTLED_MS = 60_000;

export interface SessionStormOptions extends Pick<StormOptions, "sessions" | "perSecond"> {
  site: SupportSite;
  /** Resolves once this edge, which was killed, counts as silent. */
  untilSilent(edge: string): Promise<void>;
}

/** What a storm of short sessions leaves behind, with an edge killed in the middle of it. */
export interface SessionStorm {
  storm: StormResult;
  /** Read while sessions came and went. */
  walks: CheckedWalk[];
  killed: string;
  /** Sessions that are left at the end. */
  staying: number;
  /** What everybody counts then. */
  held: Accounts;
  /** After they have left as well. */
  over: Accounts;
}

/** A walk through the pages, and what it got wrong. */
export interface CheckedWalk {
  pages: number;
  twice: string[];
  unsorted: string[];
  /** Sessions that were there all the time, but not on any page. */
  missing: string[];
}

export async function sessionStorm({
  site,
  sessions,
  perSecond,
  untilSilent,
}: SessionStormOptions): Promise<SessionStorm> {
  const edges = [await namedEdge(site), await namedEdge(site), await namedEdge(site)];
  const stays: Stay[] = [];
  const stay = async ({ name, login }: NamedEdge): Promise<void> => {
    const clients = await Promise.all(STAYING.map((user) => login(user)));
    stays.push(...clients.map((client) => ({ edge: name, client, sinceMs: performance.now() })));
  };
  for (const edge of edges) await stay(edge);
  const staying = (): Stay[] => stays.filter(({ edge }) => edges.some(({ name }) => name === edge));

  const walks: CheckedWalk[] = [];
  let isOver = false;
  const stormy = storm({ sessions, perSecond, ports: () => edges.map(({ port }) => port) }).finally(() => {
    isOver = true;
  });
  const walking = (async () => {
    do {
      const startedMs = performance.now();
      const since = staying().filter(({ sinceMs }) => sinceMs < startedMs - SHARED_MS);
      const walked = await walk(site, PAGE);
      const there = staying();
      walks.push(
        checked(
          walked,
          since.filter((stay) => there.includes(stay)),
        ),
      );
    } while (!isOver);
  })();
  await pause((sessions / perSecond) * KILLED_AFTER * 1000);
  const killed = edges.shift();
  if (killed === undefined) throw new Error("there is no edge to kill");
  await killed.child.stop("SIGKILL");
  const silent = untilSilent(killed.name);
  // As after a restart by its host.
  const started = await namedEdge(site);
  await stay(started);
  edges.push(started);
  const result = await stormy;
  await Promise.all([walking, silent]);

  const count = staying().length;
  const held = await settled(site, edges, count);
  for (const { client } of staying()) client.socket.destroy();
  const over = await settled(site, edges, 0);
  return { storm: result, walks, killed: killed.name, staying: count, held, over };
}

/** When the edge is killed, as a share of the storm. */
const KILLED_AFTER = 0.3;

async function namedEdge(site: SupportSite): Promise<NamedEdge> {
  const names = async (): Promise<string[]> =>
    (await site.get("/v1/edges", Edges)).edges.map(({ edge }) => edge);
  const before = await names();
  const edge = await site.edge();
  const name = await eventuallyAsync(
    async () => (await names()).find((each) => !before.includes(each)),
    "a heartbeat of the new edge",
  );
  return { ...edge, name };
}

/** What everybody counts once that is the same, or when waiting was of no use. */
async function settled(site: SupportSite, edges: readonly NamedEdge[], sessions: number): Promise<Accounts> {
  const untilMs = performance.now() + SETTLED_MS;
  for (;;) {
    const accounts = await takeAccounts(site, edges);
    const { own, ...others } = accounts;
    const total = Object.values(own.edges).reduce((sum, each) => sum + each, 0);
    const isSame = Object.values(others).every((counts) => isDeepStrictEqual(counts, own));
    if ((isSame && total === sessions) || performance.now() > untilMs) return accounts;
    await pause(100);
  }
}

/** A session that stays. */
interface Stay {
  edge: string;
  client: LineClient;
  sinceMs: number;
}

/** `since`: those that were open before the walk began, and are so after it. */
function checked({ sessions, pages, silent }: Walk, since: readonly Stay[]): CheckedWalk {
  const sids = sessions.map(({ sid }) => sid);
  const places = sessions.map(({ since, sid }) => `${since}~${sid}`);
  const clients = new Set(sessions.map(({ client }) => client));
  const missing = since
    .filter(({ edge }) => !silent.has(edge))
    .map(({ client }) => `127.0.0.1:${client.socket.localPort}`)
    .filter((client) => !clients.has(client));
  return {
    pages,
    twice: sids.filter((sid, at) => sids.indexOf(sid) !== at),
    unsorted: places.filter((place, at) => at > 0 && place >= (places[at - 1] ?? "")),
    missing,
  };
}
