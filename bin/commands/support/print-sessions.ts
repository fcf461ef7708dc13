import type { EdgesAsked } from "../../../route-api/contract/sessions.ts";
import {
  SESSIONS_PATH,
  type SessionInfo,
  type SessionSelection,
  Sessions,
} from "../../../route-api/contract/sessions.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { formatTable } from "./table.ts";
import { formatAge, formatBytes } from "./units.ts";

export interface SessionsOptions extends ApiOptions, SessionSelection {
  limit: number;
}

/** Prints who is connected. Throws a Failure. */
export async function printSessions(account: string | undefined, options: SessionsOptions): Promise<void> {
  const { store, client, edge, instance, protocol, limit, json } = options;
  const selection: SessionSelection = { account, store, client, edge, instance, protocol };
  const api = openApi("mmp sessions", options);
  const found = await api.get(SESSIONS_PATH, Sessions, { ...selection, limit });
  console.log(json === true ? JSON.stringify(found) : describe(found));
}

function describe({ sessions, total, edges }: Sessions): string {
  const lines: string[] = [];
  if (sessions.length > 0) lines.push(sessionTable(sessions));
  const shown = sessions.length < total ? `, the newest ${sessions.length} shown` : "";
  lines.push(`${counted(total, "session")}${shown}; ${describeEdges(edges)}`);
  return lines.join("\n");
}

/** Live sessions, a line each. */
export const sessionTable = (sessions: readonly SessionInfo[]): string =>
  formatTable({ heading: HEADING, rows: sessions.map(row), whole: ["SESSION", "CLIENT"] });

const HEADING = ["SESSION", "ACCOUNT", "CLIENT", "PROTOCOL", "STORE", "FOR", "IN", "OUT", "EDGE"];

const row = (session: SessionInfo): string[] => {
  const {
    sid,
    account,
    login,
    client,
    protocol,
    tls,
    store,
    stage,
    since,
    bytesFromClient,
    bytesFromStore,
    edge,
  } = session;
  return [
    sid,
    account ?? login ?? "-",
    client,
    tls === undefined ? protocol : `${protocol} ${tls}`,
    stage === "relay" ? (store ?? "-") : `${store ?? "-"} (${stage})`,
    formatAge(since),
    formatBytes(bytesFromClient),
    formatBytes(bytesFromStore),
    edge,
  ];
};

/** How many edges have answered, and which have not. */
export function describeEdges({ asked, answered, silent }: EdgesAsked): string {
  if (silent.length === 0) return `${counted(asked, "edge")} answered`;
  return `${answered} of ${counted(asked, "edge")} answered; no answer from ${silent.join(", ")}`;
}
