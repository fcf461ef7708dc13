import {
  type FailedLogin,
  type LoginFailureCode,
  noteFailure,
  type SessionRecord,
} from "./observe/session-record.ts";
import type {
  Back,
  BackTask,
  ClientIntroduction,
  Credentials,
  ForwardedClient,
  LoginFailure,
  StoreCredentials,
  StoreOutcome,
} from "./protocol/dialogue.ts";
import { type Octets, type SecretOctets, utf8Octets } from "./protocol/octets.ts";
import { loginName } from "./routing/login-name.ts";
import type { Resolver, RouteWaiter } from "./routing/resolver.ts";
import type { Route, RouteAnswer, StoreOverride } from "./routing/route-answer.ts";
import type { FindStore, StoreTarget } from "./routing/stores.ts";
import { type StoreFault, type StoreLimits, StoreLogin } from "./store-login.ts";
import type { Timed, TimerWheel } from "./timer-wheel.ts";
import { proxyHeaderV2 } from "./transport/proxy-protocol.ts";
import type { Addresses, ClientCertificate, Transport } from "./transport/transport.ts";

export interface LoginServices {
  transport: Transport;
  wheel: TimerWheel;
  limits: StoreLimits & { failedLoginSeconds: number; hops: number };
  defaultDomain: string | undefined;
  resolver: Resolver;
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

/** One login: name, route, the hosts of the route in order, the store's answer. Reports once. */
export class Login implements Timed, RouteWaiter {
  due = -1;
  readonly #services: LoginServices;
  readonly #owner: LoginOwner;
  readonly #record: SessionRecord;
  readonly #credentials: Credentials;
  readonly #client: ClientIntroduction | undefined;
  readonly #certificate: ClientCertificate | undefined;
  readonly #startedMs: number;
  #login: string | undefined;
  /** Name of the account at the store. */
  #user = "";
  #override: StoreOverride | undefined;
  #hosts: readonly string[] = [];
  #store: StoreLogin | undefined;
  /** What is reported when the time has come. */
  #failure: LoginFailure = "unavailable";
  #over = false;

  /** The store has asked the client something: no other host can go on from there. */
  #challenged = false;

  constructor(
    services: LoginServices,
    owner: LoginOwner,
    record: SessionRecord,
    { credentials, introduction, certificate }: LoginRequest,
  ) {
    this.#client = introduction;
    this.#certificate = certificate;
    this.#services = services;
    this.#owner = owner;
    this.#record = record;
    this.#credentials = credentials;
    this.#startedMs = services.wheel.nowMs;
  }

  start(): void {
    const credentials = this.#credentials;
    this.#record.mechanism = credentials.mechanism;
    if (credentials.kind === "external") return this.#byCertificate(credentials.user);
    const name = loginName(credentials.user, this.#services.defaultDomain);
    if (!name.ok) return this.#fail("credentials", { code: name.fault });
    this.#login = name.login;
    this.#record.login = name.login;
    if (this.#hopsLeft() <= 0) return this.#fail("unavailable", { code: "proxy-loop" });
    // NUL, CR and LF end a message in one protocol or another: no password may carry them to a store.
    if (credentials.kind === "password" && /[\0\r\n]/.test(credentials.password.reveal())) {
      return this.#fail("credentials", { code: "bad-password-octets" });
    }
    this.#services.resolver.resolve(name.login, this);
  }

  /** The client's next message of an exchange; undefined: it cancelled. */
  respond(message: SecretOctets | undefined): void {
    this.#store?.respond(message);
  }

  /** The client is gone: no report follows. */
  cancel(): void {
    this.#over = true;
    this.#services.wheel.clear(this);
    this.#store?.cancel();
  }

  expire(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.loginFailed(this.#failure);
  }

  /** A login by certificate; no map leads from one to an account, so that even a good one comes to nothing. */
  #byCertificate(_authorizationId: Octets): void {
    const certificate = this.#certificate;
    if (certificate === undefined) return this.#fail("credentials", { code: "no-certificate" });
    const { fault } = certificate;
    if (fault !== undefined) return this.#fail("credentials", { code: `certificate-${fault}` });
    this.#fail("credentials", { code: "no-certificate", detail: "certificates are not mapped to accounts" });
  }

  resolved(answer: RouteAnswer): void {
    // The client may have gone while the API was asked.
    if (this.#over) return;
    switch (answer.is) {
      case "route":
        this.#route(answer.route);
        break;
      case "unknown":
        this.#fail("credentials", { code: "unknown-user" });
        break;
      case "ambiguous":
        // The directory is wrong, not the client: it may try again once that is put right.
        this.#fail("unavailable", { code: "ambiguous-user", ...detail(answer.detail) });
        break;
      case "unavailable":
        this.#fail("unavailable", { code: "route-unavailable", detail: answer.detail });
        break;
      default:
        answer satisfies never;
    }
  }

  #route({ account, mailHost, status, statusReason, override }: Route): void {
    this.#record.account = account;
    if (status === "disabled") {
      return this.#fail("credentials", { code: "account-disabled", ...detail(statusReason) });
    }
    this.#user = override?.user ?? account;
    this.#override = override;
    this.#hosts = mailHost;
    this.#tryHost(0, undefined);
  }

  /** Tries the route's hosts in order; `last` is why the one before failed. */
  #tryHost(index: number, last: StoreFault | undefined): void {
    const host = this.#hosts[index];
    if (host === undefined) return this.#reportLater(last?.failure ?? "unavailable");
    const target = this.#services.findStore(host, this.#override);
    if (target === undefined) {
      this.#note({ code: "no-store-entry", store: host });
      return this.#tryHost(index + 1, last);
    }
    this.#record.store = target.name;
    this.#connect(target, (fault) => {
      this.#note({ code: fault.code, store: target.name, progress: fault.progress, detail: fault.detail });
      const judged = fault.failure !== "store-down" && fault.progress === "auth";
      if (!judged && !this.#challenged) return this.#tryHost(index + 1, fault);
      // The store has judged the user: another host of the list would only be asked the same again.
      this.#reportLater(fault.failure);
    });
  }

  #connect(target: StoreTarget, onFault: (fault: StoreFault) => void): void {
    const { transport, wheel, limits, createBack } = this.#services;
    const credentials = this.#storeCredentials(target);
    if (credentials === undefined) return this.#fail("unavailable", { code: "no-store-admin" });
    const { startTls, replay, forwardClient } = target;
    const client = forwardClient ? this.#forwardedClient() : undefined;
    this.#store = new StoreLogin({
      transport,
      wheel,
      limits,
      target,
      preface: target.proxyHeader ? proxyHeaderV2(this.#addresses()) : undefined,
      back: createBack({ credentials, startTls, replay, client }),
      onChallenge: (message) => {
        this.#challenged = true;
        this.#owner.challenge(message);
      },
      onSuccess: (outcome) => {
        this.#over = true;
        if (this.#store !== undefined) this.#owner.loggedIn(outcome, this.#store);
      },
      onFault,
    });
  }

  /** What the client proved with, or the store administrator where it gave nothing that a store could judge. */
  #storeCredentials({ admin }: StoreTarget): StoreCredentials | undefined {
    const credentials = this.#credentials;
    const user = utf8Octets(this.#user);
    if (credentials.kind === "exchange") return credentials;
    if (credentials.kind === "password") return { kind: "password", user, password: credentials.password };
    return admin && { kind: "password", user: admin.user, password: admin.password, authorizationId: user };
  }

  #hopsLeft(): number {
    const { hops } = this.#services.limits;
    return Math.min(hops, this.#client?.hops ?? hops) - 1;
  }

  #addresses(): Addresses {
    const { clientAddress, clientPort, localAddress, localPort } = this.#record;
    return { remoteAddress: clientAddress, remotePort: clientPort, localAddress, localPort };
  }

  #forwardedClient(): ForwardedClient {
    const { sid, clientAddress: address, clientPort: port, localAddress, localPort } = this.#record;
    const id = this.#client?.id ?? NOTHING_SAID;
    return { sid, address, port, localAddress, localPort, hopsLeft: this.#hopsLeft(), id };
  }

  #note(failure: FailedLogin): void {
    noteFailure(this.#record, this.#login === undefined ? failure : { ...failure, login: this.#login });
  }

  #fail(failure: LoginFailure, note: { code: LoginFailureCode; detail?: string }): void {
    this.#note(note);
    this.#reportLater(failure);
  }

  /**
   * All that concerns name and password is answered after the same time, whoever found it wrong. Nothing is answered at
   * once: the next login may have come already, and thousands of them would nest.
   */
  #reportLater(failure: LoginFailure): void {
    if (this.#over) return;
    const { wheel, limits } = this.#services;
    const spent = (wheel.nowMs - this.#startedMs) / 1000;
    this.#failure = failure;
    wheel.set(this, failure === "credentials" ? limits.failedLoginSeconds - spent : 0);
  }
}

const detail = (text: string | undefined): { detail?: string } =>
  text === undefined ? {} : { detail: text };

const NOTHING_SAID: ReadonlyMap<string, string> = new Map();
