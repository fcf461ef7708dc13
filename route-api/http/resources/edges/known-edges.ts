import { EDGE_FRESH_SECONDS, EDGE_KEPT_SECONDS, type Edge, Heartbeat } from "../../../contract/edges.ts";
import type { ListStore } from "../../../store/lists.ts";

/** The list of edges: a heartbeat each, under the edge's name. */
const EDGES = "EDGES";

/** Stores what an edge reports; its last report removes it. Rejects with a StoreError. */
export async function noteHeartbeat(lists: ListStore, edge: string, heartbeat: Heartbeat): Promise<void> {
  if (heartbeat.state === "ended") return lists.remove(EDGES, edge);
  await lists.put(EDGES, edge, { ...heartbeat, seenMs: Date.now() }, EDGE_KEPT_SECONDS);
}

/** Every edge that has reported lately. Rejects with a StoreError. */
export async function knownEdges(lists: ListStore): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (const { key: edge, value } of await lists.read(EDGES)) {
    const read = Heartbeat.safeParse(value);
    // Written by another version: it will be written anew within half a minute.
    if (!read.success || read.data.state === "ended") continue;
    const { seenMs } = value as { seenMs: number };
    const silent = Date.now() - seenMs > EDGE_FRESH_SECONDS * 1000;
    edges.push({
      ...read.data,
      edge,
      state: silent ? "silent" : read.data.state,
      seenAt: new Date(seenMs).toISOString(),
      differs: [],
    });
  }
  return withDifferences(edges);
}

const COMPARED = ["version", "configuration"] as const;

/** Marks the edges that are unlike most of those with the same instances; of two equal parties the older one differs. */
export function withDifferences(edges: readonly Edge[]): Edge[] {
  const peers = Map.groupBy(edges, instancesOf);
  return edges.map((edge) => ({
    ...edge,
    differs: COMPARED.filter(
      (field) => edge[field] !== mostCommon(peers.get(instancesOf(edge)) ?? [], field),
    ),
  }));
}

const instancesOf = ({ instances }: Edge): string =>
  [...new Set(instances.map(({ instance }) => instance))].sort().join(" ");

function mostCommon(edges: readonly Edge[], field: (typeof COMPARED)[number]): string | undefined {
  const newestFirst = edges.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  const parties = [...Map.groupBy(newestFirst, (edge) => edge[field])];
  return parties.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
