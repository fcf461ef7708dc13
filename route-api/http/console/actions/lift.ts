import { html } from "hono/html";
import { PENALTIES_PATH, Penalties } from "../../../contract/penalties.ts";
import type { ConsoleApi } from "../api.ts";
import { counted, type Html, notice } from "../html.ts";
import { penaltiesTable } from "../pages/penalties-table.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { pathWith, userPage } from "../paths.ts";
import type { Action, Order } from "./action.ts";

const EFFECT = "Later logins wait no longer, at every edge; those that wait already wait to the end.";

/** Forgives the failed logins of a user, by every name of the account. */
export const liftUser: Action = {
  title: (target) => `Lift the penalties of ${target}`,
  effect: EFFECT,
  button: "Lift the penalties",
  async run(api, order) {
    const { target } = order;
    return html`${await lift(api, order, { login: target })}<p><a href="${userPage(target)}">Back to ${target}</a></p>`;
  },
};

/** Forgives the failed logins of a client. */
export const liftClient: Action = {
  ...liftUser,
  title: (target) => `Lift the penalties of ${target}`,
  run: (api, order) => lift(api, order, { client: order.target }),
};

async function lift(
  api: ConsoleApi,
  { why, key }: Order,
  whose: Readonly<Record<string, string>>,
): Promise<Html> {
  const path = pathWith(PENALTIES_PATH, whose);
  const { penalties, edges } = await api.send({ method: "DELETE", path, body: { why }, key }, Penalties);
  return html`${notice("good", `Lifted: ${counted(penalties.length, "penalty", "penalties")}.`)}
    ${penalties.length === 0 ? "" : penaltiesTable(penalties)} ${answeredBy(edges)}`;
}
