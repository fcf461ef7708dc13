import type { PreAuth } from "../pre-auth/checker.ts";
import type {
  Back,
  BackTask,
  ClientIntroduction,
  Credentials,
  LoginFailure,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import type { Resolver } from "../routing/resolver.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import type { ClientCertificate, Transport } from "../transport/transport.ts";
import type { LoginPolicy } from "./login-policy.ts";
import type { StoreLimits, StoreLogin } from "./store-login.ts";
import type { FindStore } from "./store-targets.ts";

/** What all logins of a listener, in one virtual domain or in none, share. */
export interface LoginServices {
  transport: Transport;
  wheel: TimerWheel;
  limits: StoreLimits & { failedLoginSeconds: number; hops: number };
  policy: LoginPolicy;
  resolver: Resolver;
  /** Undefined: the store alone judges passwords. */
  preAuth: PreAuth | undefined;
  findStore: FindStore;
  createBack(task: BackTask): Back;
}

/** Who is told what becomes of a login: the session. */
export interface LoginOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  loginFailed(failure: LoginFailure): void;
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin): void;
}

/** What a client says and shows when it logs in. */
export interface LoginRequest {
  credentials: Credentials;
  introduction: ClientIntroduction | undefined;
  /** Its own, proved under TLS; believed only where it has no `fault`. */
  certificate: ClientCertificate | undefined;
}
