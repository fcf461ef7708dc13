import type { ExplainStep } from "../../route-api/contract/explanations.ts";
import { Protocol } from "../../route-api/contract/protocols.ts";
import type { AnswerTo } from "../../route-api/contract/questions.ts";
import { newRecord } from "../observe/session-record.ts";
import type { Selection } from "../observe/session-selection.ts";
import { explainLogin } from "../session/explain-login.ts";
import type { Instance } from "./instance.ts";

/** How TLS shows in a record whose version does not matter. */
const SOME_TLS = "TLS";

/**
 * Explains a login to the `instance` of the selection, else to the first one, by `protocol`, else that of its first
 * listener; as if over TLS, from `client` if that is given. Undefined if another edge is asked.
 */
export async function answerExplain(
  edge: string,
  instances: ReadonlyMap<string, Pick<Instance, "servicesFor">>,
  selection: Selection,
): Promise<AnswerTo<"explain"> | undefined> {
  const { login, client = "" } = selection;
  if (login === undefined || selection.edge !== edge) return undefined;
  const protocol = Protocol.safeParse(selection.protocol).data;
  for (const [instance, { servicesFor }] of instances) {
    if (selection.instance !== undefined && selection.instance !== instance) continue;
    const services = servicesFor(protocol);
    if (services === undefined) continue;
    const record = newRecord(instance, services.protocol, {
      remoteAddress: client,
      remotePort: 0,
      localAddress: "",
      localPort: 0,
    });
    record.tls = SOME_TLS;
    const steps = await explainLogin(services, { login, record });
    return { ask: "explain", edge, instance, protocol: services.protocol, steps };
  }
  const instance = selection.instance ?? "";
  const text = `no listener for ${protocol ?? "any protocol"}${instance === "" ? "" : ` in ${instance}`}`;
  const steps: ExplainStep[] = [{ step: "listener", verdict: "refused", text, ms: 0 }];
  return { ask: "explain", edge, instance, protocol: protocol ?? "imap", steps };
}
