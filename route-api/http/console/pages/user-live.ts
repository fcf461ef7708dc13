import { html } from "hono/html";
import type { PastSession } from "../../../contract/history.ts";
import type { User } from "../../../contract/users.ts";
import { type Content, type Html, table, time } from "../html.ts";
import { endWords, failureWords } from "../words.ts";
import { answeredBy, clientLink, sessionsTable, transportOf } from "./sessions-table.ts";

/** What changes while somebody looks on: live sessions, and the last ones with their failed logins. */
export const showLive = ({ sessions, logins, edges }: User, acts: boolean): Html =>
  html`<h2>Live sessions</h2>
    ${sessionsTable(sessions, acts)}
    <h2>Last logins and failures</h2>
    ${table({ label: "Last logins and failures", heading: HEADING, rows: logins.map(row), empty: "No earlier session is known." })}
    ${answeredBy(edges)}`;

const HEADING = ["Ended", "Client", "Protocol", "Login", "Store", "End", "Failed logins"];

const row = (session: PastSession): Content[] => [
  time(session.endedAt),
  clientLink(session.client),
  transportOf(session),
  session.login ?? "",
  session.store ?? "",
  html`<span title="${session.reason}">${endWords(session.reason)}</span>`,
  html`${session.failures.map(showFailure)}`,
];

const showFailure = ({ code, login, store, progress, detail }: PastSession["failures"][number]): Html => {
  const more = [
    login === undefined ? undefined : `as ${login}`,
    store === undefined ? undefined : `at ${store}`,
    progress === undefined ? undefined : `got as far as ${progress}`,
    detail,
  ].filter((part) => part !== undefined);
  return html`<p class="failure">${failureWords(code)} <span class="soft"><code>${code}</code>${more.map((part) => html`; ${part}`)}</span></p>`;
};
