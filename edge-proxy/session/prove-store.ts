import type { Proof } from "../guard/store-proofs.ts";
import type { FailedLogin } from "../observe/session-record.ts";
import type { StoreCredentials } from "../protocol/dialogue.ts";
import { type Octets, utf8Octets } from "../protocol/octets.ts";
import type { LoginPolicy } from "./login-policy.ts";
import type { LoginServices } from "./services.ts";
import type { ProvenLogin } from "./store-identity.ts";
import type { HostHealth, StoreLoginOptions } from "./store-login.ts";
import { storeProbe } from "./store-probe.ts";
import { type ProbeAccount, type StoreTarget, storeHost } from "./store-targets.ts";

/** How to reach one of the login's targets. */
export type StoreConnection = Omit<StoreLoginOptions, "target"> & { target: StoreTarget };

/** Whether an administrator may log in at a store. */
export type StoreTrust = { ok: true } | { ok: false; note: FailedLogin; health: HostHealth };

/** An administrator's credentials, with the user's name as authorisation id. */
export type OnBehalf = StoreCredentials & { kind: "password"; authorizationId: Octets };

/** True for an administrator's credentials: only a store that has been seen to obey the authorisation id may get them. */
export const needsProof = (credentials: StoreCredentials): credentials is OnBehalf =>
  credentials.kind === "password" && credentials.authorizationId !== undefined;

/** Says whether a store may be told an administrator's credentials; tries it first where that is not known. */
export function proveStore(
  { createBack, policy, stores }: Pick<LoginServices, "createBack" | "policy" | "stores">,
  login: ProvenLogin,
  { user: administrator }: OnBehalf,
  connection: StoreConnection,
  proved: (trust: StoreTrust) => void,
): void {
  const { target } = connection;
  const own = probeOf(policy, target);
  const account = own ?? accountOf(login);
  const probe = account && storeProbe({ ...connection, createBack, account, administrator });
  stores.proofs.prove(storeHost(target), target.proofTimes, probe, (proof) =>
    proved(judged(proof, own !== undefined, target.name)),
  );
}

const probeOf = (policy: LoginPolicy, { admin = policy.admin }: StoreTarget): ProbeAccount | undefined =>
  admin?.probe;

/** A user whose password the directory has accepted will do, if the store knows the password too. */
const accountOf = ({ credentials, proved, user }: ProvenLogin): ProbeAccount | undefined =>
  proved && credentials.kind === "password"
    ? { user: utf8Octets(user), password: credentials.password }
    : undefined;

/** `required`: there is an account to try the store with, so that nothing need be taken on trust. */
function judged(proof: Proof, required: boolean, store: string): StoreTrust {
  switch (proof.is) {
    case "obeys":
      return { ok: true };
    case "ignores":
      return { ok: false, note: { code: "store-ignores-authorization-id", store }, health: "serves" };
    case "unknown":
      return required
        ? {
            ok: false,
            note: { code: "store-admin-unproved", store, detail: proof.why },
            health: proof.fault ?? "unknown",
          }
        : { ok: true };
    default:
      return proof satisfies never;
  }
}
