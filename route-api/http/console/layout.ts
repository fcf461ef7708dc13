import { html } from "hono/html";
import { ASSETS } from "./assets/assets.ts";
import { type ConsoleContext, isAdmin } from "./environment.ts";
import type { Html } from "./html.ts";
import { CONSOLE_PATH } from "./paths.ts";

const PAGES = [
  ["Sessions", `${CONSOLE_PATH}/sessions`],
  ["Stores", `${CONSOLE_PATH}/stores`],
  ["Edges", `${CONSOLE_PATH}/edges`],
  ["Sync", `${CONSOLE_PATH}/sync`],
  ["Audit", `${CONSOLE_PATH}/audit`],
] as const;

export interface Page {
  title: string;
  body: Html;
  /** What was searched for, to change it. */
  query?: string;
}

/** A page for somebody who is signed in. */
export const page = (c: ConsoleContext, { title, body, query = "" }: Page): Html =>
  frame(
    title,
    html`<header>
        <a class="brand" href="${CONSOLE_PATH}">Multiplexor</a>
        <form role="search" action="${CONSOLE_PATH}/search">
          <label for="q">Search</label>
          <input id="q" name="q" type="search" value="${query}" required maxlength="255" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="login name or client address" ${c.req.path === CONSOLE_PATH ? html`autofocus` : ""} />
          <button>Search</button>
        </form>
        <nav aria-label="Pages"><ul>${PAGES.map(([name, path]) => html`<li><a href="${path}" ${c.req.path === path ? html`aria-current="page"` : ""}>${name}</a></li>`)}</ul></nav>
        <form class="who" method="post" action="${CONSOLE_PATH}/sign-out">
          <span>${c.var.caller.name}, ${isAdmin(c) ? "admin" : "support"}</span>
          ${c.var.signsOut ? html`<button class="quiet">Sign out</button>` : ""}
        </form>
      </header>
      <main id="main" tabindex="-1">${body}</main>
      <footer><p>Times are UTC. Press <kbd>/</kbd> to search.</p></footer>`,
  );

/** A page without anything of a session. */
export const frame = (title: string, body: Html, head?: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Multiplexor</title>
        <link rel="icon" href="${ASSETS.icon.path}" type="image/svg+xml" />
        <link rel="stylesheet" href="${ASSETS.style.path}" />
        <script src="${ASSETS.script.path}" defer></script>
        ${head}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${body}
      </body>
    </html>`;
