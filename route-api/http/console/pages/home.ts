import { html } from "hono/html";
import { EDGES_PATH, Edges } from "../../../contract/edges.ts";
import { STORES_PATH, StoreList } from "../../../contract/stores.ts";
import { SYNC_PATH, SyncStatus } from "../../../contract/sync-status.ts";
import type { ConsoleContext } from "../environment.ts";
import { badge, counted, facts, type Html, joined } from "../html.ts";
import { page } from "../layout.ts";
import { CONSOLE_PATH } from "../paths.ts";

/** Search, and whether anything is wrong altogether. */
export async function homePage(c: ConsoleContext): Promise<Html> {
  const [{ edges }, { stores }, sync] = await Promise.all([
    c.var.api.get(EDGES_PATH, Edges),
    c.var.api.get(STORES_PATH, StoreList),
    c.var.api.get(SYNC_PATH, SyncStatus),
  ]);
  const sessions = edges.reduce((sum, edge) => sum + edge.sessions, 0);
  const silent = edges.filter(({ state }) => state === "silent").length;
  const failing = stores.filter((store) => store.failing.length > 0).map(({ store }) => store);
  const wrong = [
    ...(silent > 0 ? [badge("bad", `${counted(silent, "edge")} silent`)] : []),
    ...(edges.some(({ differs }) => differs.length > 0) ? [badge("warning", "edges differ")] : []),
    ...failing.map((store) => badge("bad", `${store} failing`)),
    ...(["following", "refreshing"].includes(sync.state) ? [] : [badge("bad", `sync ${sync.state}`)]),
  ];
  return page(c, {
    title: "Search",
    body: html`<div class="home">
      <h1>Who has a problem?</h1>
      <p>Search for a login name to see where its mailbox is and why, who is connected, and why logins failed; or for a client's address.</p>
      ${facts([
        ["State", wrong.length === 0 ? badge("good", "nothing wrong") : joined(wrong, " ")],
        ["Sessions", html`<a href="${CONSOLE_PATH}/sessions">${counted(sessions, "session")}</a>`],
        ["Edges", html`<a href="${CONSOLE_PATH}/edges">${counted(edges.length, "edge")}</a>`],
        ["Stores", html`<a href="${CONSOLE_PATH}/stores">${counted(stores.length, "store")} in use</a>`],
        ["Sync", html`<a href="${CONSOLE_PATH}/sync">${sync.state}</a>`],
      ])}
    </div>`,
  });
}
