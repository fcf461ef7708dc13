import { html } from "hono/html";
import { Approval, SYNC_RELEASE_PATH } from "../../../contract/sync-status.ts";
import { counted, notice } from "../html.ts";
import { CONSOLE_PATH } from "../paths.ts";
import type { Action } from "./action.ts";

/** The target is the hold that somebody has looked at: another one is not approved with it. */
export const release: Action = {
  title: () => "Approve the removals on hold",
  effect:
    "The sync reads the whole directory at once, and removes the entries that are missing there. Their users cannot log in any more.",
  button: "Approve the removals",
  async run(api, { target, why, key }) {
    const body = { why, hold: target };
    const { wouldRemove, of } = await api.send(
      { method: "POST", path: SYNC_RELEASE_PATH, body, key },
      Approval,
    );
    return html`${notice("good", `Approved: up to ${wouldRemove} of ${counted(of, "entry", "entries")} may be removed now.`)}
      <p><a href="${CONSOLE_PATH}/sync">The sync</a></p>`;
  },
};
