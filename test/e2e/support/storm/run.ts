/** A storm of 20,000 sessions over real edges, one of which is killed; waits as long as an edge is remembered. Exits with 1 where anything miscounts. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type Edge, Edges } from "../../../../route-api/contract/edges.ts";
import { supportSite } from "../../../support/support-site.ts";
import { sessionStorm } from "./session-storm.ts";

/** More than the time for which a silent edge is listed, in seconds. */
const LIMIT_SECONDS = 400;

const site = await supportSite();
/** Waits until an edge is in this state; undefined is that it is not listed. */
async function until(edge: string, state: Edge["state"] | undefined): Promise<void> {
  for (let second = 0; second < LIMIT_SECONDS; second++) {
    const { edges } = await site.get("/v1/edges", Edges);
    if (edges.find((each) => each.edge === edge)?.state === state) return;
    await pause(1000);
  }
  throw new Error(`${edge} never became ${state ?? "unlisted"}`);
}

try {
  const { storm, walks, killed, staying, held, over } = await sessionStorm({
    site,
    sessions: 20_000,
    perSecond: 400,
    untilSilent: (edge) => until(edge, "silent"),
  });
  const pages = walks.reduce((sum, walk) => sum + walk.pages, 0);
  console.log({ ...storm, walks: walks.length, pages, staying });
  console.dir({ held, over }, { depth: 4 });
  for (const { twice, unsorted, missing } of walks)
    assert.deepEqual([twice, unsorted, missing], [[], [], []]);
  for (const { own, ...others } of [held, over])
    for (const counts of Object.values(others)) assert.deepEqual(counts, own);
  assert.deepEqual([...new Set(Object.values(over.own.edges))], [0]);
  await until(killed, undefined);
  console.log("Everybody counts the same, and the edge that was killed is forgotten.");
} finally {
  await site.remove();
}
