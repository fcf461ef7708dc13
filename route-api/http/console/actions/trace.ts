import { html } from "hono/html";
import { TRACES_PATH, Traced, TraceEnded } from "../../../contract/traces.ts";
import type { ConsoleApi } from "../api.ts";
import { type Html, notice, time } from "../html.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { tracePagePath } from "../paths.ts";
import type { Action, Order } from "./action.ts";

const EFFECT =
  "Every edge tells what the next sessions do, step by step, with the dialogue before login. Passwords, tokens and proofs are replaced. It ends by itself.";
const fields: Action["fields"] = [
  { name: "minutes", label: "For so many minutes", type: "number", value: "10" },
];

/** Traces the sessions of a user. */
export const trace: Action = {
  title: (target) => `Trace the next sessions of ${target}`,
  effect: EFFECT,
  button: "Start the trace",
  fields,
  run: (api, order) => begin(api, order, { login: order.target }),
};

/** Traces the sessions of a client, which may never get as far as a name. */
export const traceClient: Action = {
  ...trace,
  title: (target) => `Trace the next sessions from ${target}`,
  run: (api, order) => begin(api, order, { client: order.target }),
};

async function begin(api: ConsoleApi, { why, key, fields }: Order, whose: object): Promise<Html> {
  const body = { ...whose, seconds: Math.ceil(Number(fields.minutes) * 60), why };
  const { id, until, edges } = await api.send({ method: "POST", path: TRACES_PATH, body, key }, Traced);
  return html`${notice("good", html`The trace runs until ${time(until)}.`)}
    ${answeredBy(edges)}
    <p><a class="button" href="${tracePagePath(id)}">Follow the trace</a></p>`;
}

export const endTrace: Action = {
  title: () => "End the trace",
  effect: "No further session is traced. What edges have told can be read for an hour.",
  button: "End the trace",
  async run(api, { target, why, key }) {
    const path = `${TRACES_PATH}/${encodeURIComponent(target)}`;
    const { id, edges } = await api.send({ method: "DELETE", path, body: { why }, key }, TraceEnded);
    return html`${notice("good", "The trace has ended.")} ${answeredBy(edges)}
      <p><a href="${tracePagePath(id)}">What was traced</a></p>`;
  },
};
