import type { ProbedAddress } from "../../route-api/contract/store-probes.ts";
import type { Back, BackAction, BackTask, Progress } from "../protocol/dialogue.ts";
import { SecretOctets } from "../protocol/octets.ts";
import type { Timed } from "../timer-wheel.ts";
import type { SessionServices } from "./services.ts";
import { type StoreFault, StoreLogin } from "./store-login.ts";
import { backReplay, type StoreTarget } from "./store-targets.ts";

/** What trying a store uses of a listener. */
export type ReachServices = Pick<SessionServices, "protocol" | "createBack" | "transport" | "wheel">;

/** Longest text of a fault, in characters. */
const DETAIL_CHARACTERS = 500;
/** A PROXY header of version 2 for a connection of the sender's own (LOCAL). */
const LOCAL_HEADER = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");

/**
 * Connects to one address of a store, as a login would up to where it would be sent, and hangs up. It takes no place of a
 * login, and does not change what is known of the store's health.
 */
export function reachStore(
  { protocol, createBack, transport, wheel }: ReachServices,
  target: StoreTarget,
  seconds: number,
): Promise<ProbedAddress> {
  return new Promise((resolve) => {
    const back = new UpToLogin(createBack(taskFor(target)));
    const ended = (fault: Omit<StoreFault, "failure" | "alerts" | "health"> | undefined): void => {
      wheel.clear(deadline);
      const { connectMs, tlsMs, authMs } = store.times;
      const reached = fault?.progress ?? "capability";
      resolve({
        protocol,
        host: target.host,
        port: target.port,
        ok: fault === undefined,
        reached,
        ...(fault === undefined
          ? {}
          : { code: fault.code, detail: fault.detail.slice(0, DETAIL_CHARACTERS) }),
        ...(connectMs > 0 ? { connectMs } : {}),
        ...(tlsMs === undefined ? {} : { tlsMs }),
        ...(fault === undefined ? { dialogueMs: Math.max(0, authMs) } : {}),
      });
    };
    const deadline: Timed = {
      due: -1,
      expire() {
        store.cancel();
        ended({ code: "store-timeout", progress: back.progress, detail: `no answer in ${seconds} s` });
      },
    };
    wheel.set(deadline, seconds);
    const limits = {
      connectSeconds: 2 * seconds,
      bannerSeconds: 2 * seconds,
      storeLoginSeconds: 2 * seconds,
    };
    const store = new StoreLogin(
      {
        transport,
        wheel,
        limits,
        target,
        entrance: NOWHERE,
        preface: target.proxyHeader ? LOCAL_HEADER : undefined,
      },
      back,
      {
        challenge: () => store.cancel(),
        loggedIn() {
          store.connection.destroy();
          ended(undefined);
        },
        failed: ended,
      },
    );
  });
}

/** No client has connected. */
const NOWHERE = { localAddress: "", localPort: 0 };

/** A login that is never sent. */
const taskFor = ({ startTls, replay }: StoreTarget): BackTask => ({
  credentials: { kind: "password", user: "probe", password: new SecretOctets("probe") },
  startTls,
  replay: backReplay(replay),
  client: undefined,
  clientId: new Map(),
  asksCapabilities: true,
});

/** A store's side of a login that is over, with success, where the login would be sent. */
class UpToLogin implements Back {
  readonly #back: Back;

  constructor(back: Back) {
    this.#back = back;
  }

  get progress(): Progress {
    return this.#back.progress;
  }

  receive(bytes: Uint8Array): BackAction[] {
    return this.#upToLogin(this.#back.receive(bytes));
  }

  secured(): BackAction[] {
    return this.#upToLogin(this.#back.secured());
  }

  respond(): BackAction[] {
    return [];
  }

  ended(): undefined {
    return undefined;
  }

  rest(): Uint8Array {
    return this.#back.rest();
  }

  #upToLogin(actions: BackAction[]): BackAction[] {
    const isOver = actions.some((action) => action.do === "outcome");
    if (isOver || this.#back.progress !== "auth") return actions;
    return [{ do: "outcome", outcome: { ok: true, text: "", untagged: "" } }];
  }
}
