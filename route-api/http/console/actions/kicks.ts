import { html } from "hono/html";
import { Kicked } from "../../../contract/kicks.ts";
import { SESSIONS_PATH } from "../../../contract/sessions.ts";
import { STORES_PATH } from "../../../contract/stores.ts";
import { userPath } from "../../../contract/users.ts";
import { counted, type Html, notice } from "../html.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { CONSOLE_PATH, pathWith, userPage } from "../paths.ts";
import type { Action } from "./action.ts";

const HEARS = "The mail program is told where it can be, and logs in again by itself.";

export const kickUser: Action = {
  title: (target) => `End all sessions of ${target}`,
  effect: `Every session and every login in progress ends. ${HEARS}`,
  button: "End all sessions",
  async run(api, { target, why, key }) {
    const path = `${userPath(target)}/kick`;
    const kicked = await api.send({ method: "POST", path, body: { why }, key }, Kicked);
    return html`${outcome(kicked)}<p><a href="${userPage(target)}">Back to ${target}</a></p>`;
  },
};

export const kickSession: Action = {
  title: (target) => `End the session ${target}`,
  effect: HEARS,
  button: "End the session",
  async run(api, { target, why, key }) {
    const path = `${SESSIONS_PATH}/${encodeURIComponent(target)}`;
    const kicked = await api.send({ method: "DELETE", path, body: { why }, key }, Kicked);
    return html`${outcome(kicked)}<p><a href="${CONSOLE_PATH}/sessions">All sessions</a></p>`;
  },
};

export const kickStore: Action = {
  title: (target) => `End all sessions at ${target}`,
  effect: `The sessions end evenly over the time below, so that not all come back at once. ${HEARS}`,
  button: "End all sessions",
  fields: [{ name: "overSeconds", label: "Over so many seconds", type: "number", value: "60" }],
  async run(api, { target, why, key, fields }) {
    const path = `${STORES_PATH}/${encodeURIComponent(target)}/kick`;
    const body = { why, overSeconds: Number(fields.overSeconds) };
    const kicked = await api.send({ method: "POST", path, body, key }, Kicked);
    return html`${outcome(kicked)}<p><a href="${pathWith(`${CONSOLE_PATH}/sessions`, { store: target })}">Sessions at ${target}</a></p>`;
  },
};

const outcome = ({ kicked, edges }: Kicked): Html =>
  html`${notice(edges.silent.length === 0 ? "good" : "warning", `${counted(kicked, "session")} ended, or about to end.`)}
    ${answeredBy(edges)}`;
