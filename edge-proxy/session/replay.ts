import type { Route } from "../api-client/answers.ts";
import { loginParts } from "../identity/login-parts.ts";
import type { FailedLogin, SessionRecord } from "../observe/session-record.ts";
import type {
  ClientIntroduction,
  Credentials,
  ForwardedClient,
  LoginFailure,
  StoreCredentials,
  StoreOutcome,
} from "../protocol/dialogue.ts";
import { type SecretOctets, utf8Octets } from "../protocol/octets.ts";
import { proxyHeaderV2 } from "../transport/proxy-protocol.ts";
import type { Addresses } from "../transport/transport.ts";
import { userAtStore } from "./account.ts";
import type { LoginServices } from "./login-services.ts";
import { type StoreFault, StoreLogin } from "./store-login.ts";
import type { StoreTarget } from "./store-targets.ts";

/** A login that is to be made good at the user's store. */
export interface ReplayTask {
  credentials: Credentials;
  introduction: ClientIntroduction | undefined;
  /** Multiplexors that it may still pass through. */
  hopsLeft: number;
  /** The directory has called the password right: it need not go to the store. */
  proved: boolean;
  route: Route;
  /** Name of the account at the store. */
  user: string;
}

/** Who is told what the stores say. */
export interface ReplayOwner {
  /** The store asks the client something. */
  challenge(message: string): void;
  /** One store could not, or would not; another may follow. */
  noted(failure: FailedLogin): void;
  /** None is left. */
  failed(failure: LoginFailure): void;
  loggedIn(outcome: StoreOutcome & { ok: true }, store: StoreLogin): void;
}

/** Logs in at the hosts of a route, one after the other, each at its addresses in their order. Reports once. */
export class Replay {
  readonly #services: LoginServices;
  readonly #owner: ReplayOwner;
  readonly #record: SessionRecord;
  readonly #task: ReplayTask;
  #store: StoreLogin | undefined;
  /** The store has asked the client something: no other host can go on from there. */
  #challenged = false;

  constructor(services: LoginServices, owner: ReplayOwner, record: SessionRecord, task: ReplayTask) {
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#task = task;
  }

  start(): void {
    this.#tryHost(0, undefined);
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    this.#store?.respond(message);
  }

  /** Gives up without a report. */
  cancel(): void {
    this.#store?.cancel();
  }

  /** Tries the route's hosts in order, from `first` on; `last` is why the one before failed. */
  #tryHost(first: number, last: StoreFault | undefined): void {
    const { mailHost, override } = this.#task.route;
    for (const [index, host] of mailHost.entries()) {
      if (index < first) continue;
      const target = this.#services.findStore(host, override);
      if (target !== undefined) {
        this.#record.store = target.name;
        return this.#tryTarget(target, index);
      }
      this.#owner.noted({ code: "no-store-entry", store: host });
    }
    this.#owner.failed(last?.failure ?? "unavailable");
  }

  #tryTarget(target: StoreTarget, index: number): void {
    this.#connect(target, (fault) => {
      const { code, progress, detail, failure } = fault;
      this.#owner.noted({ code, store: target.name, progress, detail });
      const judged = failure !== "store-down" && progress === "auth";
      // The store has judged the user: another host of the list would only be asked the same again.
      if (judged || this.#challenged) return this.#owner.failed(failure);
      if (target.next === undefined) this.#tryHost(index + 1, fault);
      else this.#tryTarget(target.next, index);
    });
  }

  #connect(target: StoreTarget, onFault: (fault: StoreFault) => void): void {
    const { transport, wheel, limits, createBack } = this.#services;
    const credentials = this.#storeCredentials(target);
    if (typeof credentials === "string") {
      this.#owner.noted({ code: credentials, store: target.name });
      return this.#owner.failed("unavailable");
    }
    const { startTls, replay, forwardClient } = target;
    const client = forwardClient ? this.#forwardedClient() : undefined;
    this.#store = new StoreLogin({
      transport,
      wheel,
      limits,
      target,
      entrance: this.#record,
      preface: target.proxyHeader ? proxyHeaderV2(this.#addresses()) : undefined,
      back: createBack({ credentials, startTls, replay: replay === "admin" ? "auto" : replay, client }),
      onChallenge: (message) => {
        this.#challenged = true;
        this.#owner.challenge(message);
      },
      onSuccess: (outcome) => {
        if (this.#store !== undefined) this.#owner.loggedIn(outcome, this.#store);
      },
      onFault,
    });
  }

  /**
   * What the client proved with; or the store administrator, where it gave nothing that a store could judge, or where
   * the directory has judged it and the store is to be asked so. Never for a password that nobody has judged.
   */
  #storeCredentials({
    admin = this.#services.policy.admin,
    replay,
  }: StoreTarget): StoreCredentials | "no-store-admin" | "not-pre-authenticated" | "no-replay-name" {
    const { credentials, proved, route } = this.#task;
    if (credentials.kind === "exchange") return credentials;
    if (credentials.kind === "password" && replay !== "admin") {
      return { kind: "password", user: utf8Octets(this.#task.user), password: credentials.password };
    }
    if (credentials.kind === "password" && !proved) return "not-pre-authenticated";
    if (admin === undefined) return "no-store-admin";
    // No store judges this: a name that the client chose among its aliases must not become another's mailbox.
    const { names, replayFormat } = this.#services.policy;
    const user = userAtStore(replayFormat, route, loginParts(route.account, names));
    if (!user.ok) return "no-replay-name";
    const authorizationId = utf8Octets(user.user);
    return { kind: "password", user: admin.user, password: admin.password, authorizationId };
  }

  #addresses(): Addresses {
    const { clientAddress, clientPort, localAddress, localPort } = this.#record;
    return { remoteAddress: clientAddress, remotePort: clientPort, localAddress, localPort };
  }

  #forwardedClient(): ForwardedClient {
    const { sid, clientAddress: address, clientPort: port, localAddress, localPort } = this.#record;
    const { introduction, hopsLeft } = this.#task;
    return { sid, address, port, localAddress, localPort, hopsLeft, id: introduction?.id ?? NOTHING_SAID };
  }
}

const NOTHING_SAID: ReadonlyMap<string, string> = new Map();
