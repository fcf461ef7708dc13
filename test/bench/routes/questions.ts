import { join } from "node:path";
import type { Answer, Question } from "../../../route-api/contract/questions.ts";
import { Sessions } from "../../../route-api/contract/sessions.ts";
import { makeFolder } from "../../support/workspace.ts";
import { percentile, type Row } from "./figures.ts";
import { writePeople } from "./people.ts";
import { simulatedEdges } from "./simulated-edges.ts";
import { type BenchSite, benchSite } from "./site.ts";

const EDGES = 200;
/** A session at each of so many edges: that of one user, and those of a store. */
const BUSY_EDGES = { account: 2, store: EDGES } as const;

/** How long support waits until 200 connected edges have answered a question. One API process (Bun, SQLite). */
export async function measureQuestions(questions: number): Promise<Row[]> {
  const folder = makeFolder("bench-questions");
  const ldif = join(folder.path, "people.ldif");
  await writePeople(ldif, 1, ["store-a"]);
  const site = await benchSite({ routeStore: { sqlite: "routes.db" }, directory: { ldif } });
  try {
    await site.finish(["sync", "--once"]);
    await site.run(["route-api"], /"listening"/);
    const edges = await simulatedEdges(site, EDGES, sessionsOf);
    const rows = [
      ...rowsOf(
        `who has a session of an account (${BUSY_EDGES.account} answer)`,
        await ask(site, questions, "account"),
      ),
      ...rowsOf(`who has sessions at a store (all answer)`, await ask(site, questions, "store")),
    ];
    edges.close();
    return rows;
  } finally {
    await site.remove();
    folder.remove();
  }
}

const rowsOf = (what: string, delays: readonly number[]): Row[] => {
  const ms = (share: number): string => `${percentile(delays, share).toFixed(0)} ms`;
  return [
    {
      what: `question to ${EDGES} edges → answer: ${what}, p50 of ${delays.length}; p99`,
      figure: `${ms(0.5)}; ${ms(0.99)}`,
    },
  ];
};

/** One after the other, each about something else, since equal questions share an answer; delays in milliseconds. */
async function ask(
  { apiUrl, supportToken }: BenchSite,
  count: number,
  field: keyof typeof BUSY_EDGES,
): Promise<number[]> {
  const delays: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedMs = performance.now();
    const response = await fetch(`${apiUrl}/v1/sessions?${field}=${field}-${index}`, {
      headers: { Authorization: `Bearer ${supportToken}` },
    });
    const { total, edges } = Sessions.parse(await response.json());
    delays.push(performance.now() - startedMs);
    if (edges.answered !== EDGES || total !== BUSY_EDGES[field])
      throw new Error(`${edges.answered} of ${edges.asked} edges answered with ${total} sessions`);
  }
  return delays;
}

/** What an edge answers: a session where it has one. */
function sessionsOf({ ask: kind, selection }: Question, edge: string): Answer | undefined {
  const number = Number(edge.split("-")[1]);
  const busy = selection.account === undefined ? BUSY_EDGES.store : BUSY_EDGES.account;
  if (kind !== "sessions" || number >= busy) return undefined;
  const session = {
    sid: `sid-${number}`,
    edge,
    instance: "main",
    protocol: "imap",
    stage: "relay",
    client: "192.0.2.1:40000",
    since: new Date().toISOString(),
    bytesFromClient: 0,
    bytesFromStore: 0,
  } as const;
  return { ask: "sessions", sessions: [session], total: 1, more: false };
}
