import { html } from "hono/html";
import { AUDIT_PATH, Audit, type AuditEntry } from "../../../contract/audit.ts";
import type { ConsoleContext } from "../environment.ts";
import { type Content, type Html, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { CONSOLE_PATH, pathWith } from "../paths.ts";

/** What operators did, newest first. */
export async function auditPage(c: ConsoleContext): Promise<Html> {
  const { entries, cursor } = await c.var.api.get(
    pathWith(AUDIT_PATH, { before: c.req.query("before") }),
    Audit,
  );
  return page(c, {
    title: "Audit",
    body: html`<h1>Audit</h1>
      ${table({ label: "Actions", heading: HEADING, rows: entries.map(row), empty: "Nobody has done anything yet." })}
      ${cursor === undefined ? "" : html`<p><a class="button quiet" rel="next" href="${pathWith(`${CONSOLE_PATH}/audit`, { before: cursor })}">Older actions</a></p>`}`,
  });
}

const HEADING = ["When", "Who", "Action", "On", "Reason", "Request"];

const row = ({ at, by, action, target, why, requestId }: AuditEntry): Content[] => [
  time(at),
  by,
  action,
  target,
  why,
  html`<code>${requestId}</code>`,
];
