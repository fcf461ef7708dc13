import type { Proof } from "../guard/store-proofs.ts";
import type { FailedLogin } from "../observe/session-record.ts";
import type { StoreCredentials } from "../protocol/dialogue.ts";
import { utf8Octets } from "../protocol/octets.ts";
import type { LoginPolicy } from "./login-policy.ts";
import type { LoginServices } from "./services.ts";
import type { ProvenLogin } from "./store-identity.ts";
import type { HostHealth, StoreLoginOptions } from "./store-login.ts";
import { storeProbe } from "./store-probe.ts";
import { type ProbeAccount, type StoreTarget, storeHost } from "./store-targets.ts";

/** Whether an administrator may log in at a store. */
export type StoreTrust = { ok: true } | { ok: false; note: FailedLogin; health: HostHealth };

/** Says whether a store may be told these credentials; tries it first where they are an administrator's. */
export function proveStore(
  { createBack, policy, stores }: Pick<LoginServices, "createBack" | "policy" | "stores">,
  login: ProvenLogin,
  credentials: StoreCredentials,
  connection: Omit<StoreLoginOptions, "back" | "target"> & { target: StoreTarget },
  proved: (trust: StoreTrust) => void,
): void {
  if (credentials.kind !== "password" || credentials.authorizationId === undefined) {
    return proved({ ok: true });
  }
  const { target } = connection;
  const own = probeOf(policy, target);
  const account = own ?? accountOf(login);
  const { user: administrator } = credentials;
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
