import { html } from "hono/html";
import { EDGES_PATH, type Edge, Edges } from "../../../contract/edges.ts";
import { bar, most } from "../chart.ts";
import type { ConsoleContext } from "../environment.ts";
import { badge, bytes, type Content, type Html, joined, notice, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { CONSOLE_PATH, pathWith } from "../paths.ts";

const HEADING = ["Edge", "State", "Since", "Sessions", "Failures", "Memory", "Version", "Configuration"];
const STATES = { running: "good", draining: "warning", silent: "bad" } as const;

/** Every edge; those that are unlike their peers stand out. */
export async function edgesPage(c: ConsoleContext): Promise<Html> {
  const { edges } = await c.var.api.get(EDGES_PATH, Edges);
  const odd = edges.filter(({ differs }) => differs.length > 0);
  return page(c, {
    title: "Edges",
    body: html`<h1>Edges</h1>
      ${odd.length === 0 ? "" : notice("warning", `Unlike their peers: ${odd.map(({ edge, differs }) => `${edge} (${differs.join(", ")})`).join("; ")}`)}
      ${table({ label: "Edges", heading: HEADING, rows: edges.map(rowIn(edges)), empty: "No edge has reported lately." })}`,
  });
}

/** Bars are in proportion to the greatest of all edges. */
function rowIn(edges: readonly Edge[]): (edge: Edge) => Content[] {
  const sessionsMost = most(edges.map(({ sessions }) => sessions));
  const failuresMost = most(edges.map(failuresOf));
  const memoryMost = most(edges.map(({ memoryBytes }) => memoryBytes));
  return (edge) => [
    html`<a href="${pathWith(`${CONSOLE_PATH}/sessions`, { edge: edge.edge })}">${edge.edge}</a>`,
    html`${badge(STATES[edge.state], edge.state)} ${edge.state === "silent" ? html`since ${time(edge.seenAt)}` : ""}`,
    time(edge.startedAt),
    html`${edge.sessions} ${bar(edge.sessions, sessionsMost)}`,
    html`${failuresOf(edge)} of ${loginsOf(edge)} ${bar(failuresOf(edge), failuresMost, "bad")}`,
    html`${bytes(edge.memoryBytes)} ${bar(edge.memoryBytes, memoryMost)}`,
    html`${marked(edge, "version")} <span class="soft">${edge.runtime}</span>`,
    joined([marked(edge, "configuration"), ...failing(edge)], " "),
  ];
}

const failuresOf = ({ stores }: Edge): number => stores.reduce((sum, { failures }) => sum + failures, 0);
/** All logins of the last period, failed ones too. */
const loginsOf = (edge: Edge): number =>
  edge.stores.reduce((sum, { logins }) => sum + logins, 0) + failuresOf(edge);

const marked = (edge: Edge, field: "version" | "configuration"): Html =>
  edge.differs.includes(field)
    ? html`<code>${edge[field]}</code> ${badge("warning", "differs")}`
    : html`<code>${edge[field]}</code>`;

const failing = ({ stores }: Edge): Html[] =>
  stores.flatMap(({ store, failing: hosts }) =>
    hosts.map((host) => badge("bad", `${store} ${host} failing`)),
  );
