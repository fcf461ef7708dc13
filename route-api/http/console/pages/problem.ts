import { html } from "hono/html";
import type { Problem } from "../../../contract/problems.ts";
import type { ConsoleContext } from "../environment.ts";
import { type Html, notice } from "../html.ts";
import { page } from "../layout.ts";

/** What the API says is wrong, for people. */
export const problemText = ({ title, detail }: Problem): string =>
  detail === undefined ? `${title}.` : `${title}: ${detail}`;

/** The API could not, or would not, answer. */
export const problemPage = (c: ConsoleContext, problem: Problem): Html =>
  page(c, {
    title: problem.title,
    body: html`<h1>${problem.title}</h1>
      ${notice("bad", problem.detail ?? HINTS[problem.code] ?? "Try again.")}
      <p class="soft">${problem.code}, request <code>${problem.requestId}</code></p>`,
  });

const HINTS: Partial<Record<Problem["code"], string>> = {
  "store-unavailable":
    "The route store does not answer: nothing can be looked up. Edges go on with the routes that they have cached.",
  "too-many-requests": "There were too many requests with this token. Wait a second.",
  overloaded: "The route API has too much to do. Wait a second.",
  internal: "This should not happen. The route API's log has the reason, under the request's ID.",
};

export const notFoundPage = (c: ConsoleContext): Html =>
  page(c, {
    title: "No such page",
    body: html`<h1>No such page</h1>${notice("bad", "There is nothing here.")}`,
  });
