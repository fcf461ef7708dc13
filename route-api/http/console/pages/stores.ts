import { html } from "hono/html";
import { HOLDS_PATH, Holds } from "../../../contract/holds.ts";
import { STORES_PATH, StoreList, type StoreSummary } from "../../../contract/stores.ts";
import { bar, most } from "../chart.ts";
import { type ConsoleContext, isAdmin } from "../environment.ts";
import { heldTarget } from "../held-target.ts";
import { badge, type Content, counted, type Html, notice, table, time } from "../html.ts";
import { page } from "../layout.ts";
import { actionPage, CONSOLE_PATH, pathWith } from "../paths.ts";

const HEADING = ["Store", "Health", "Sessions", "Logins a second", "Failures a second"];

/** How each mail store does, as the edges see it. */
export async function storesPage(c: ConsoleContext): Promise<Html> {
  const [{ stores, otherFailuresPerSecond, silent }, holds] = await Promise.all([
    c.var.api.get(STORES_PATH, StoreList),
    c.var.api.get(HOLDS_PATH, Holds),
  ]);
  const acts = isAdmin(c);
  const row = rowIn(stores);
  return page(c, {
    title: "Stores",
    body: html`<h1>Stores</h1>
      ${silent.length === 0 ? "" : notice("warning", `Silent edges are not counted: ${silent.join(", ")}`)}
      ${holds.stores.map((hold) => showHeld(hold, acts))}
      ${table({
        label: "Mail stores",
        heading: acts ? [...HEADING, "Actions"] : HEADING,
        rows: stores.map((store) => [...row(store), ...(acts ? [actions(store.store)] : [])]),
        empty: "No store was used in the last half minute.",
      })}
      <p class="soft">Logins that failed before a store was known: ${otherFailuresPerSecond.toFixed(1)} a second. Counts are at most half a minute old.</p>`,
  });
}

/** Bars are in proportion to the greatest of all stores. */
function rowIn(stores: readonly StoreSummary[]): (store: StoreSummary) => Content[] {
  const sessionsMost = most(stores.map(({ sessions }) => sessions));
  const rateMost = most(stores.flatMap((each) => [each.loginsPerSecond, each.failuresPerSecond]));
  return ({ store, sessions, loginsPerSecond, failuresPerSecond, failing }) => [
    html`<a href="${pathWith(`${CONSOLE_PATH}/sessions`, { store })}">${store}</a>`,
    failing.length === 0
      ? badge("good", "ok")
      : html`${failing.map(({ host, edges }) => html`${badge("bad", "failing")} ${host} at ${counted(edges.length, "edge")} `)}`,
    html`${sessions} ${bar(sessions, sessionsMost)}`,
    html`${loginsPerSecond.toFixed(1)} ${bar(loginsPerSecond, rateMost)}`,
    html`${failuresPerSecond.toFixed(1)} ${bar(failuresPerSecond, rateMost, "bad")}`,
  ];
}

const showHeld = ({ store, id, by, why, until }: Holds["stores"][number], acts: boolean): Html =>
  notice(
    "warning",
    html`${store} is on hold until ${time(until)}, by ${by}: ${why} ${acts ? html`<a href="${actionPage("release-store", heldTarget(id, store))}">Release…</a>` : ""}`,
  );

const actions = (store: string): Html =>
  html`<a href="${actionPage("probe", store)}" aria-label="Try… ${store}">Try…</a>
    <a href="${actionPage("hold-store", store)}" aria-label="Hold… ${store}">Hold…</a>
    <a href="${actionPage("kick-store", store)}" aria-label="End sessions… at ${store}">End sessions…</a>`;
