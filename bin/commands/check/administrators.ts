import { readFileSync } from "node:fs";
import type { StoreHost } from "../../../edge-proxy/guard/store-health.ts";
import type { Proof } from "../../../edge-proxy/guard/store-proofs.ts";
import { createImapBack } from "../../../edge-proxy/protocol/imap/back.ts";
import { createPop3Back } from "../../../edge-proxy/protocol/pop3/back.ts";
import { readPolicies } from "../../../edge-proxy/session/login-policy.ts";
import { storeProbe } from "../../../edge-proxy/session/store-probe.ts";
import {
  type StoreAdministrator,
  type StoreTarget,
  storeFinder,
  storeHost,
} from "../../../edge-proxy/session/store-targets.ts";
import { TimerWheel } from "../../../edge-proxy/timer-wheel.ts";
import { proxyHeaderV2 } from "../../../edge-proxy/transport/proxy-protocol.ts";
import { runtimeTransport } from "../../../edge-proxy/transport/runtime.ts";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import type { Configuration } from "../../config/schema.ts";
import type { Answer } from "./answer.ts";

const BACKS = { imap: createImapBack, pop3: createPop3Back };
/** Stands for the client in PROXY headers. No listener of this host has this address. */
const NOWHERE = { remoteAddress: "127.0.0.1", remotePort: 0, localAddress: "127.0.0.1", localPort: 0 };

interface Trial {
  protocol: Protocol;
  target: StoreTarget;
  admin: StoreAdministrator;
  limits: { connectSeconds: number; bannerSeconds: number; storeLoginSeconds: number };
}

/**
 * Tries each host of the configured stores, by each protocol in use, with the test account of its administrator
 * (`storeAdmin.probe`): does it obey SASL's authorisation id? Stores without such an account are left out, and so is `*`
 * without an address, which stands for hosts that only the directory knows.
 */
export async function askAdministrators(configuration: Configuration): Promise<Answer[]> {
  const transport = await runtimeTransport();
  const wheel = new TimerWheel();
  const tried = trialsOf(configuration).map(async ({ protocol, target, admin, limits }) => {
    const { probe: account, user: administrator } = admin;
    if (account === undefined) return [];
    const probe = storeProbe({
      transport,
      wheel,
      limits,
      target,
      entrance: NOWHERE,
      preface: target.proxyHeader ? proxyHeaderV2(NOWHERE) : undefined,
      createBack: BACKS[protocol],
      account,
      administrator,
    });
    return [answerOf(protocol, storeHost(target), await new Promise<Proof>(probe))];
  });
  const all = (await Promise.all(tried)).flat();
  wheel.stop();
  return all;
}

/** Each host once, whatever instance uses it. */
function trialsOf({ stores = {}, instances = {} }: Configuration): Trial[] {
  const trials = new Map<string, Trial>();
  const readText = (path: string): string => readFileSync(path, "utf8");
  for (const config of Object.values(instances)) {
    const { own } = readPolicies(config, readText);
    for (const protocol of new Set(config.listeners.map((listener) => listener.protocol))) {
      const find = storeFinder(stores, protocol, readText);
      for (const [name, { address }] of Object.entries(stores)) {
        if (name === "*" && address === undefined) continue;
        for (let target = find(name); target !== undefined; target = target.next) {
          const admin = target.admin ?? own.admin;
          const key = [target.name, target.host, target.port, admin?.user].join(" ");
          if (admin !== undefined) trials.set(key, { protocol, target, admin, limits: config.limits });
        }
      }
    }
  }
  return [...trials.values()];
}

function answerOf(protocol: Protocol, { store, host, port }: StoreHost, proof: Proof): Answer {
  const of = `administrator at store ${store}, ${protocol} on ${host} port ${port}`;
  switch (proof.is) {
    case "obeys":
      return { of, ok: true, text: "the store obeys SASL's authorisation id" };
    case "ignores":
      return {
        of,
        ok: false,
        text: "the store ignores SASL's authorisation id: it would open the administrator's own mailbox",
      };
    case "unknown":
      return { of, ok: false, text: `could not be tried: ${proof.why}` };
    default:
      return proof satisfies never;
  }
}
