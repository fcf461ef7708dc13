import { html } from "hono/html";
import { Forgotten, historyPath } from "../../../contract/history.ts";
import { counted, notice } from "../html.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { userPage } from "../paths.ts";
import type { Action } from "./action.ts";

export const forget: Action = {
  title: (target) => `Delete the kept logins of ${target}`,
  effect:
    "What the route store keeps of the user's logins is deleted, and what edges remember. The log is not changed.",
  button: "Delete the kept logins",
  async run(api, { target, why, key }) {
    const path = historyPath(target);
    const { logins, sessions, edges } = await api.send(
      { method: "DELETE", path, body: { why }, key },
      Forgotten,
    );
    return html`${notice("good", `Deleted: ${counted(logins, "login")} and ${counted(sessions, "session")}.`)}
      ${answeredBy(edges)}
      <p><a href="${userPage(target)}">Back to ${target}</a></p>`;
  },
};
