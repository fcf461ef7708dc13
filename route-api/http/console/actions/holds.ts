import { html } from "hono/html";
import { Held, HeldStore, Released, ReleasedStore } from "../../../contract/holds.ts";
import { STORES_PATH } from "../../../contract/stores.ts";
import { userPath } from "../../../contract/users.ts";
import { splitHold } from "../held-target.ts";
import { type Html, notice, time } from "../html.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { actionPage, CONSOLE_PATH, userPage } from "../paths.ts";
import type { Action } from "./action.ts";

const fields: Action["fields"] = [
  { name: "seconds", label: "For so many seconds, unless it is released", type: "number", value: "300" },
];
const WAITS =
  "New logins wait at the edges, for a bounded time, and then fail for the moment. Live sessions go on.";

/** Lets new logins of a user wait, as the first step of a move. */
export const holdUser: Action = {
  title: (target) => `Put ${target} on hold`,
  effect: `${WAITS} The hold ends by itself when the directory names another store.`,
  button: "Put on hold",
  fields,
  async run(api, { target, why, key, fields: { seconds } }) {
    const path = `${userPath(target)}/hold`;
    const { until } = await api.send(
      { method: "POST", path, body: { why, seconds: Number(seconds) }, key },
      Held,
    );
    return html`${notice("good", html`On hold until ${time(until)}.`)}
      <h2>To move the mailbox</h2>
      <ol>
        <li><a href="${actionPage("kick-user", target)}">End all sessions</a>, until none is left and no edge is silent.</li>
        <li>Copy the mailbox.</li>
        <li>Change the store in the directory: the sync writes it and ends the hold, and logins that wait go on at the new store.</li>
      </ol>
      <p class="soft"><code>mmp move</code> does this as one command, and renews the hold while it copies.</p>
      <p><a href="${userPage(target)}">Back to ${target}</a></p>`;
  },
};

/** Ends a hold, whoever began it: its ID is before the first slash of the target, so that it is the hold that was seen. */
export const releaseUser: Action = {
  title: (target) => `Release ${splitHold(target).of}`,
  effect: "Logins that wait go on within a second.",
  button: "Release",
  async run(api, { target, why, key }) {
    const { id, of } = splitHold(target);
    const path = `${userPath(of)}/hold`;
    await api.send({ method: "DELETE", path, body: { why }, key, ifMatch: id }, Released);
    return html`${notice("good", "Released.")}<p><a href="${userPage(of)}">Back to ${of}</a></p>`;
  },
};

/** Lets new logins at a store wait, for maintenance. */
export const holdStore: Action = {
  title: (target) => `Put ${target} on hold`,
  effect: `For maintenance. ${WAITS} No login falls back to this store.`,
  button: "Put on hold",
  fields,
  async run(api, { target, why, key, fields: { seconds } }) {
    const path = `${STORES_PATH}/${encodeURIComponent(target)}/hold`;
    const { until, edges } = await api.send(
      { method: "POST", path, body: { why, seconds: Number(seconds) }, key },
      HeldStore,
    );
    return html`${notice("good", html`On hold until ${time(until)}.`)} ${answeredBy(edges)} ${STORES}`;
  },
};

export const releaseStore: Action = {
  title: (target) => `Release ${splitHold(target).of}`,
  effect: "Logins that wait go on within a second.",
  button: "Release",
  async run(api, { target, why, key }) {
    const { id, of } = splitHold(target);
    const path = `${STORES_PATH}/${encodeURIComponent(of)}/hold`;
    const { edges } = await api.send(
      { method: "DELETE", path, body: { why }, key, ifMatch: id },
      ReleasedStore,
    );
    return html`${notice("good", "Released.")} ${answeredBy(edges)} ${STORES}`;
  },
};

const STORES: Html = html`<p><a href="${CONSOLE_PATH}/stores">All stores</a></p>`;
