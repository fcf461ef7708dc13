import { EDGES_PATH, type Edge, Edges } from "../../../route-api/contract/edges.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { formatTable } from "./table.ts";
import { formatAge, formatBytes } from "./units.ts";

/** Prints every edge. Throws a Failure. */
export async function printEdges(options: ApiOptions): Promise<void> {
  const found = await openApi("mmp edges", options).get(EDGES_PATH, Edges);
  if (options.json === true) console.log(JSON.stringify(found));
  else if (found.edges.length === 0) console.log("No edge has reported lately.");
  else console.log(formatTable({ heading: HEADING, rows: found.edges.map(row), whole: ["EDGE"] }));
}

const HEADING = [
  "EDGE",
  "STATE",
  "FOR",
  "SESSIONS",
  "LOGINS/S",
  "FAILURES/S",
  "MEMORY",
  "VERSION",
  "CONFIGURATION",
  "FAILING",
];

const row = (edge: Edge): string[] => [
  edge.edge,
  edge.state === "silent" ? `silent for ${formatAge(edge.seenAt)}` : edge.state,
  formatAge(edge.startedAt),
  String(edge.sessions),
  rate(edge, "logins"),
  rate(edge, "failures"),
  formatBytes(edge.memoryBytes),
  marked(edge, "version"),
  marked(edge, "configuration"),
  edge.stores.flatMap(({ store, failing }) => failing.map((host) => `${store} ${host}`)).join(", "),
];

const rate = ({ stores, periodSeconds }: Edge, what: "logins" | "failures"): string => {
  const count = stores.reduce((sum, store) => sum + store[what], 0);
  return periodSeconds < 1 ? "-" : (count / periodSeconds).toFixed(1);
};

/** What differs from most of its peers stands out. */
const marked = (edge: Edge, field: "version" | "configuration"): string =>
  edge.differs.includes(field) ? `${edge[field]} (differs)` : edge[field];
