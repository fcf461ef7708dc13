import { setTimeout as pause } from "node:timers/promises";
import { Edges } from "../../../../route-api/contract/edges.ts";
import { type SessionInfo, Sessions } from "../../../../route-api/contract/sessions.ts";
import { StoreList } from "../../../../route-api/contract/stores.ts";
import type { SiteEdge, SupportSite } from "../../../support/support-site.ts";

/** An edge of the site under its name. */
export interface NamedEdge extends SiteEdge {
  name: string;
}

/** How many sessions there are, by edge, and how many of them at each store; none is left out. */
export interface Counts {
  edges: Record<string, number>;
  stores: Record<string, number>;
}

/** The same, as each of those that count tells it. */
export interface Accounts {
  /** The edges' own metrics. */
  own: Counts;
  /** `GET /v1/sessions`, all pages. */
  listed: Counts;
  /** Its `total`, by edge and by store. */
  totals: Counts;
  /** `GET /v1/edges` and `GET /v1/stores`. */
  reported: Counts;
}

const STORES = ["store1", "store2"] as const;

export async function takeAccounts(site: SupportSite, edges: readonly NamedEdge[]): Promise<Accounts> {
  // Edges report half-minutely, and whenever their configuration is read.
  for (const { child } of edges) process.kill(child.pid, "SIGHUP");
  const own = await ownCounts(edges);
  const { sessions } = await walk(site);
  const listed = {
    edges: countBy(edges, sessions),
    stores: Object.fromEntries(
      STORES.map((name) => [name, sessions.filter(({ store }) => store === name).length]),
    ),
  };
  return { own, listed, totals: await totals(site, edges), reported: await reported(site, edges) };
}

async function ownCounts(edges: readonly NamedEdge[]): Promise<Counts> {
  const metrics = await Promise.all(
    edges.map(async (edge) => ({ name: edge.name, samples: await edge.metrics() })),
  );
  const at = (store: string): number =>
    metrics.reduce(
      (sum, { samples }) => sum + (samples[`mmp_edge_store_sessions{store="${store}"}`] ?? 0),
      0,
    );
  return {
    edges: Object.fromEntries(
      metrics.map(({ name, samples }) => [
        name,
        samples['mmp_edge_sessions{instance="main",protocol="imap",tls="none"}'] ?? 0,
      ]),
    ),
    stores: Object.fromEntries(STORES.map((store) => [store, at(store)])),
  };
}

const countBy = (edges: readonly NamedEdge[], sessions: readonly SessionInfo[]): Record<string, number> =>
  Object.fromEntries(
    edges.map(({ name }) => [name, sessions.filter(({ edge }) => edge === name).length] as const),
  );

/** Totals are asked for by a limit of their own, so that no other question is shared. */
async function totals(site: SupportSite, edges: readonly NamedEdge[]): Promise<Counts> {
  const total = async (field: string, value: string): Promise<[string, number]> => {
    const query = new URLSearchParams({ [field]: value, limit: "1" });
    return [value, (await site.get(`/v1/sessions?${query}`, Sessions)).total];
  };
  return {
    edges: Object.fromEntries(await Promise.all(edges.map(({ name }) => total("edge", name)))),
    stores: Object.fromEntries(await Promise.all(STORES.map((store) => total("store", store)))),
  };
}

async function reported(site: SupportSite, edges: readonly NamedEdge[]): Promise<Counts> {
  const known = (await site.get("/v1/edges", Edges)).edges;
  const { stores } = await site.get("/v1/stores", StoreList);
  return {
    edges: Object.fromEntries(
      edges.map(({ name }) => [name, known.find(({ edge }) => edge === name)?.sessions ?? -1] as const),
    ),
    stores: Object.fromEntries(
      STORES.map((name) => [name, stores.find(({ store }) => store === name)?.sessions ?? 0] as const),
    ),
  };
}

/** Between two pages: a token may ask for no more than 200 a second. */
const REST_MS = 20;

/** All pages of the list. */
export interface Walk {
  sessions: SessionInfo[];
  pages: number;
  /** Edges that have left a page without an answer. */
  silent: ReadonlySet<string>;
}

/** Reads the list page by page, while sessions come and go. */
export async function walk(site: SupportSite, limit = 200): Promise<Walk> {
  const sessions: SessionInfo[] = [];
  const silent = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  do {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    const page = await site.get(`/v1/sessions?${query}`, Sessions);
    sessions.push(...page.sessions);
    for (const edge of page.edges.silent) silent.add(edge);
    cursor = page.cursor;
    pages++;
    await pause(REST_MS);
  } while (cursor !== undefined);
  return { sessions, pages, silent };
}
