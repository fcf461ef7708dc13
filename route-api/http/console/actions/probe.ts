import { html } from "hono/html";
import { StoreProbed } from "../../../contract/store-probes.ts";
import { STORES_PATH } from "../../../contract/stores.ts";
import { badge, type Content, type Html, table } from "../html.ts";
import { answeredBy } from "../pages/sessions-table.ts";
import { CONSOLE_PATH } from "../paths.ts";
import { failureWords } from "../words.ts";
import type { Action } from "./action.ts";

export const probe: Action = {
  title: (target) => `Try ${target}`,
  effect: "Every edge connects to the store now, up to where a login would be sent. Nobody is logged in.",
  button: "Try it now",
  async run(api, { target, why, key }) {
    const path = `${STORES_PATH}/${encodeURIComponent(target)}/probe`;
    const { probes, edges } = await api.send({ method: "POST", path, body: { why }, key }, StoreProbed);
    return html`${table({ label: "How far each edge got", heading: HEADING, rows: probes.map(row), empty: "No edge knows a way to this store." })}
      ${answeredBy(edges)}
      <p><a href="${CONSOLE_PATH}/stores">All stores</a></p>`;
  },
};

const HEADING = ["Edge", "Address", "Protocol", "Result", "Connect", "TLS", "Greeting"];

const row = (each: StoreProbed["probes"][number]): Content[] => [
  each.edge,
  `${each.host}:${each.port}`,
  each.protocol,
  result(each),
  milliseconds(each.connectMs),
  milliseconds(each.tlsMs),
  milliseconds(each.dialogueMs),
];

const result = ({ ok, code = "failed", reached, detail }: StoreProbed["probes"][number]): Html =>
  ok
    ? badge("good", "ok")
    : html`${badge("bad", code)} ${failureWords(code)} It got as far as ${reached}. ${detail}`;

const milliseconds = (ms: number | undefined): string => (ms === undefined ? "" : `${ms.toFixed(1)} ms`);
