import { StoreProbed } from "../../../route-api/contract/store-probes.ts";
import { STORES_PATH, StoreList, type StoreSummary } from "../../../route-api/contract/stores.ts";
import { EXIT, Failure } from "../../failure.ts";
import { counted } from "../counted.ts";
import { type ApiOptions, openApi } from "./api.ts";
import { describeEdges } from "./print-sessions.ts";
import { formatTable } from "./table.ts";

export interface StoresOptions extends ApiOptions {
  /** A store to try. */
  probe?: string;
  why?: string;
}

/** Prints how each mail store does, or how far the edges get at one. Throws a Failure. */
export async function printStores(options: StoresOptions): Promise<void> {
  if (options.probe !== undefined) return probeStore(options.probe, options);
  const found = await openApi("mmp stores", options).get(STORES_PATH, StoreList);
  console.log(options.json === true ? JSON.stringify(found) : describe(found));
}

function describe({ stores, otherFailuresPerSecond, silent }: StoreList): string {
  const table =
    stores.length === 0
      ? "No store was used in the last half minute."
      : formatTable({ heading: HEADING, rows: stores.map(row), whole: ["STORE"] });
  const lines = [
    table,
    `${otherFailuresPerSecond.toFixed(1)} logins a second failed before a store was known`,
  ];
  if (silent.length > 0) lines.push(`not counted, because silent: ${silent.join(", ")}`);
  return lines.join("\n");
}

const HEADING = ["STORE", "SESSIONS", "LOGINS/S", "FAILURES/S", "FAILING"];

const row = ({ store, sessions, loginsPerSecond, failuresPerSecond, failing }: StoreSummary): string[] => [
  store,
  String(sessions),
  loginsPerSecond.toFixed(1),
  failuresPerSecond.toFixed(1),
  failing.map(({ host, edges }) => `${host} (${counted(edges.length, "edge")})`).join(", "),
];

async function probeStore(store: string, options: StoresOptions): Promise<void> {
  const { why, json } = options;
  if (why === undefined) throw new Failure("--probe needs --why", EXIT.usage);
  const path = `${STORES_PATH}/${encodeURIComponent(store)}/probe`;
  const found = await openApi("mmp stores", options).send("POST", path, { why }, StoreProbed);
  const { probes, edges } = found;
  if (json === true) console.log(JSON.stringify(found));
  else {
    if (probes.length > 0)
      console.log(
        formatTable({
          heading: PROBE_HEADING,
          rows: probes.map(probeRow),
          whole: ["EDGE", "ADDRESS", "RESULT"],
        }),
      );
    console.log(describeEdges(edges));
  }
  if (edges.silent.length > 0) throw new Failure("not every edge has answered");
  if (probes.length === 0) throw new Failure(`no edge knows a way to ${store}`);
  if (!probes.every(({ ok }) => ok)) throw new Failure(`not every edge reaches ${store}`);
}

const PROBE_HEADING = ["EDGE", "ADDRESS", "PROTOCOL", "RESULT", "CONNECT", "TLS", "GREETING"];

const probeRow = (probe: StoreProbed["probes"][number]): string[] => [
  probe.edge,
  `${probe.host}:${probe.port}`,
  probe.protocol,
  probe.ok ? "ok" : `${probe.code ?? "failed"} at ${probe.reached}: ${probe.detail ?? ""}`,
  milliseconds(probe.connectMs),
  milliseconds(probe.tlsMs),
  milliseconds(probe.dialogueMs),
];

const milliseconds = (ms: number | undefined): string => (ms === undefined ? "-" : `${ms.toFixed(1)} ms`);
