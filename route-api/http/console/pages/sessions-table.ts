import { html } from "hono/html";
import type { EdgesAsked, SessionInfo } from "../../../contract/sessions.ts";
import { badge, bytes, type Content, counted, type Html, notice, table, time } from "../html.ts";
import { actionPage, CONSOLE_PATH, pathWith, userPage } from "../paths.ts";

/** Live sessions; `acts`: with a link to end each. */
export function sessionsTable(sessions: readonly SessionInfo[], acts: boolean): Html {
  const heading = ["Since", "Account", "Client", "Protocol", "Store", "In / out", "Edge"];
  return table({
    label: "Live sessions",
    heading: acts ? [...heading, "Action"] : heading,
    rows: sessions.map((session) => [...row(session), ...(acts ? [endLink(session)] : [])]),
    empty: "No live session.",
  });
}

const row = (session: SessionInfo): Content[] => [
  time(session.since),
  whose(session),
  clientLink(session.client),
  transportOf(session),
  html`${session.store ?? ""} ${session.stage === "relay" ? "" : badge("warning", STAGES[session.stage])}`,
  `${bytes(session.bytesFromClient)} / ${bytes(session.bytesFromStore)}`,
  html`${session.edge} <span class="soft">${session.instance}</span>`,
];

const STAGES = { login: "logging in", held: "waiting, on hold", closing: "closing" } as const;

function whose({ account, login }: SessionInfo): Content {
  const name = account ?? login;
  if (name === undefined) return "";
  const alias = login === undefined || login === account ? "" : html` <span class="soft">as ${login}</span>`;
  return html`<a href="${userPage(name)}">${name}</a>${alias}`;
}

export const transportOf = ({
  protocol,
  tls,
  mechanism,
}: Pick<SessionInfo, "protocol" | "tls" | "mechanism">): string =>
  [protocol, tls ?? "without TLS", mechanism].filter((part) => part !== undefined).join(", ");

const endLink = ({ sid, client }: SessionInfo): Html =>
  html`<a href="${actionPage("kick-session", sid)}" aria-label="End… the session from ${client}">End…</a>`;

/** A client's address, with all the sessions from there. */
export const clientLink = (client: string): Html =>
  html`<a class="mono" href="${pathWith(`${CONSOLE_PATH}/sessions`, { client: addressOf(client) })}">${client}</a>`;

/** Without the port. */
const addressOf = (client: string): string => client.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

/** How complete an answer is; what is missing stands out. */
export function answeredBy({ asked, answered, silent }: EdgesAsked): Html {
  if (silent.length === 0) return html`<p class="soft">${counted(asked, "edge")} answered.</p>`;
  return notice(
    "warning",
    `${answered} of ${counted(asked, "edge")} answered. What these know is missing: ${silent.join(", ")}`,
  );
}
