import type { Probe, Proof } from "../guard/store-proofs.ts";
import type { Back, BackTask, StoreCredentials } from "../protocol/dialogue.ts";
import type { Octets } from "../protocol/octets.ts";
import { type StoreFault, StoreLogin, type StoreLoginOptions, type StoreLoginOwner } from "./store-login.ts";
import type { ProbeAccount } from "./store-targets.ts";

export interface StoreProbeOptions extends StoreLoginOptions {
  createBack(task: BackTask): Back;
  account: ProbeAccount;
  /** The name that must not be the account's to use. */
  administrator: Octets;
}

/**
 * Tries whether a store obeys SASL's authorisation id: it must refuse the account with the administrator's name as
 * authorisation id, and take the account under its own name, or the refusal says nothing.
 */
export const storeProbe =
  (options: StoreProbeOptions): Probe =>
  (tell) => {
    const { account, administrator } = options;
    const asOther = { ...account, authorizationId: administrator };
    logIn(options, asOther, (fault) => {
      if (fault === undefined) return tell({ is: "ignores" });
      if (!isVerdict(fault)) return tell(unknown(fault, "as the administrator"));
      logIn(options, account, (own) =>
        tell(own === undefined ? { is: "obeys" } : unknown(own, "under its own name")),
      );
    });
  };

/** One login by SASL PLAIN that goes no further; `ended` with nothing where the store let it in. */
function logIn(
  options: StoreProbeOptions,
  who: Omit<StoreCredentials & { kind: "password" }, "kind">,
  ended: (fault: StoreFault | undefined) => void,
): void {
  const back = options.createBack({
    credentials: { kind: "password", ...who, isClients: true },
    startTls: options.target.startTls,
    replay: "plain",
    client: undefined,
    clientId: new Map(),
    asksCapabilities: true,
  });
  const owner: StoreLoginOwner = {
    challenge: () => store.cancel(),
    loggedIn() {
      store.connection.destroy();
      ended(undefined);
    },
    failed: ended,
  };
  const store = new StoreLogin(options, back, owner);
}

/** Only these are about who may be whom: a limit or a locked mailbox is not. */
const isVerdict = ({ code, failure }: StoreFault): boolean =>
  code === "store-refused" && (failure === "credentials" || failure === "not-authorized");

const unknown = ({ code, detail, health }: StoreFault, how: string): Proof => ({
  is: "unknown",
  why: `${how}: ${code}: ${detail}`,
  fault: health === "connect" || health === "later" ? health : undefined,
});
