import { html } from "hono/html";
import { SESSIONS_PATH, type SessionSelection, Sessions } from "../../../contract/sessions.ts";
import { type ConsoleContext, isAdmin } from "../environment.ts";
import { counted, type Html } from "../html.ts";
import { page } from "../layout.ts";
import { actionPage, CONSOLE_PATH, pathWith } from "../paths.ts";
import { answeredBy, sessionsTable } from "./sessions-table.ts";

/** Sessions of one page. */
const PAGE_SESSIONS = 50;
const HERE = `${CONSOLE_PATH}/sessions`;

const FILTERS = [
  ["account", "Account"],
  ["store", "Store"],
  ["client", "Client address or network"],
  ["edge", "Edge"],
  ["instance", "Instance"],
] as const satisfies readonly (readonly [keyof SessionSelection, string])[];

/** Who is connected, by any of the fields. */
export async function sessionsPage(c: ConsoleContext): Promise<Html> {
  const { cursor, ...given } = c.req.query();
  const names = [...FILTERS.map(([name]) => name), "protocol"];
  const filters = Object.fromEntries(names.map((name) => [name, given[name]?.trim()]));
  const found = await c.var.api.get(
    pathWith(SESSIONS_PATH, { ...filters, cursor, limit: String(PAGE_SESSIONS) }),
    Sessions,
  );
  const next =
    found.cursor === undefined
      ? ""
      : html`<p><a class="button quiet" rel="next" href="${pathWith(HERE, { ...filters, cursor: found.cursor })}">Older sessions</a></p>`;
  return page(c, {
    title: "Sessions",
    body: html`<h1>Sessions</h1>
      <form class="fields" action="${HERE}">
        ${FILTERS.map(([name, label]) => html`<p><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${filters[name] ?? ""}" autocomplete="off" autocapitalize="none" /></p>`)}
        <p><label for="protocol">Protocol</label><select id="protocol" name="protocol">${["", "imap", "pop3"].map((name) => html`<option value="${name}" ${name === (filters.protocol ?? "") ? html`selected` : ""}>${name === "" ? "any" : name}</option>`)}</select></p>
        <p><button>Show</button></p>
      </form>
      <p>${counted(found.total, "session")}${cursor === undefined || cursor === "" ? "" : html`; <a href="${pathWith(HERE, filters)}">newest first</a>`}</p>
      ${isAdmin(c) && (filters.client ?? "") !== "" ? html`<p><a class="button quiet" href="${actionPage("trace-client", filters.client ?? "")}">Trace the next sessions from ${filters.client}…</a> <a class="button quiet" href="${actionPage("lift-client", filters.client ?? "")}">Lift its penalties…</a></p>` : ""}
      ${sessionsTable(found.sessions, isAdmin(c))}
      ${next}
      ${answeredBy(found.edges)}`,
  });
}
