import { hostPortText } from "../../route-api/contract/host-port.ts";
import type { LoginTimes, SessionRecord } from "../observe/session-record.ts";
import type { SessionTrace } from "../observe/traces/session-trace.ts";
import type { PasswordWaiter } from "../pre-auth/checker.ts";
import type { Back, BackAction, Front } from "../protocol/dialogue.ts";
import { counted } from "../protocol/transcript.ts";
import type { Resolver, RouteSource, RouteWaiter } from "../routing/resolver.ts";
import type { ConnectReceiver, Transport } from "../transport/transport.ts";
import { describeAnswer, describeCached } from "./describe-route.ts";
import type { SessionServices } from "./services.ts";

/**
 * What a session uses, with an ear at each of its doors while a trace may concern it; otherwise the services as they
 * are, so that nothing of a session knows of traces.
 */
export function tracedServices(services: SessionServices, record: SessionRecord): SessionServices {
  if (!services.traces.isOn) return services;
  const trace = services.traces.begin(record);
  if (trace === undefined) return services;
  const { clientAddress, clientPort, localAddress, localPort, protocol, instance } = record;
  const from = hostPortText(clientAddress, clientPort);
  trace.step("accept", `${protocol} at ${hostPortText(localAddress, localPort)} (${instance}), from ${from}`);
  return new TracedSession(record, trace).wrap(services);
}

class TracedSession {
  readonly #record: SessionRecord;
  readonly #trace: SessionTrace;
  /** One for each that there is: sessions compare them. */
  readonly #wrapped = new Map<SessionServices, SessionServices>();
  #front: Front | undefined;

  constructor(record: SessionRecord, trace: SessionTrace) {
    this.#record = record;
    this.#trace = trace;
  }

  wrap(services: SessionServices): SessionServices {
    const known = this.#wrapped.get(services);
    if (known !== undefined) return known;
    const trace = this.#trace;
    const { resolver, preAuth, transport, metrics, forArrival, createStream } = services;
    const wrapped: SessionServices = {
      ...services,
      createFront: () => this.#wrapFront(services.createFront(trace)),
      createBack: (task) => tracedBack(services.createBack(task, trace), trace),
      transport: tracedTransport(transport, trace),
      resolver: tracedResolver(resolver, trace),
      preAuth: preAuth && {
        check(owner, password, waiter) {
          trace.step("pre-auth", "asking whether the directory accepts the password");
          preAuth.check(owner, password, tracedPasswordWaiter(waiter, trace));
        },
        note: (record, user) => preAuth.note(record, user),
      },
      metrics: {
        ...metrics,
        loginFailed(record, failure) {
          const { code, store, progress, detail } = failure;
          const where = [store && `at ${store}`, progress && `got to ${progress}`, detail];
          trace.step("failure", [code, ...where.filter((part) => part !== undefined)].join(": "));
          metrics.loginFailed(record, failure);
        },
      },
      admitted: (record, times, id) => {
        this.#noteLogin(times);
        services.admitted(record, times, id);
      },
      createStream: () => tracedStream(createStream?.(), trace),
      forArrival:
        forArrival &&
        ((arrival) => {
          const found = forArrival(arrival);
          return found && this.wrap(found);
        }),
      inDomain: (name) => this.wrap(services.inDomain(name)),
      onEnd: (session, record, reason) => {
        this.#noteEnd(reason);
        services.onEnd(session, record, reason);
      },
    };
    this.#wrapped.set(services, wrapped);
    return wrapped;
  }

  #wrapFront(front: Front): Front {
    this.#front = front;
    const noteTls = (): void => {
      const { tls, certificate } = this.#record;
      const shown = certificate === undefined ? "" : `, client certificate ${certificate}`;
      this.#trace.step("tls", `${tls ?? "TLS"}${shown}`);
    };
    return {
      get heldBytes() {
        return front.heldBytes;
      },
      open(channel) {
        if (channel !== "clear") noteTls();
        return front.open(channel);
      },
      secured(channel) {
        noteTls();
        return front.secured(channel);
      },
      receive: (bytes) => front.receive(bytes),
      answer: (outcome) => front.answer(outcome),
      challenge: (message) => front.challenge(message),
      farewell: (reason) => front.farewell(reason),
      rest: () => front.rest(),
    };
  }

  #noteLogin(times: LoginTimes): void {
    const { account, store } = this.#record;
    const parts = [
      ["route", times.routeMs],
      ["connect", times.connectMs],
      ["TLS", times.tlsMs],
      ["auth", times.authMs],
      ["all", times.loginMs],
    ] as const;
    const took = parts.flatMap(([what, ms]) =>
      typeof ms === "number" ? [`${what} ${ms.toFixed(1)} ms`] : [],
    );
    this.#trace.step("logged-in", `${account} at ${store}: ${took.join(", ")}`);
    this.#trace.settle();
  }

  #noteEnd(reason: string): void {
    const { tlsFault, bytesFromClient, bytesFromStore, delayedMs } = this.#record;
    const heldBytes = this.#front?.heldBytes ?? 0;
    if (heldBytes > 0) this.#trace.step("from-client", counted(heldBytes, "unfinished"));
    const parts = [
      tlsFault && `TLS: ${tlsFault}`,
      `${bytesFromClient} bytes from the client, ${bytesFromStore} from the store`,
      delayedMs && `logins were delayed by ${Math.round(delayedMs)} ms`,
    ];
    this.#trace.step("end", [reason, ...parts.filter(Boolean)].join("; "));
    this.#trace.settle();
  }
}

function tracedResolver(resolver: Resolver, trace: SessionTrace): Resolver {
  const sourceOf = (source: RouteSource, anew: boolean): RouteSource => ({
    resolve(login, waiter) {
      const cached = describeCached(resolver, login);
      trace.step("look-up", `${login}: ${anew ? "asked anew" : cached.text}`);
      source.resolve(login, tracedRouteWaiter(waiter, trace));
    },
    search(search, waiter) {
      trace.step("look-up", `a search (${search.certificate === undefined ? "SearchFormat" : "certmap"})`);
      source.search(search, tracedRouteWaiter(waiter, trace));
    },
  });
  return {
    ...sourceOf(resolver, false),
    get anew() {
      return sourceOf(resolver.anew, true);
    },
    cached: (login) => resolver.cached(login),
    claims: (wanted, waiter) => resolver.claims(wanted, waiter),
  };
}

const tracedRouteWaiter = (waiter: RouteWaiter, trace: SessionTrace): RouteWaiter => ({
  sid: waiter.sid,
  resolved(answer) {
    trace.step("route", describeAnswer(answer).text);
    waiter.resolved(answer);
  },
});

const tracedPasswordWaiter = (waiter: PasswordWaiter, trace: SessionTrace): PasswordWaiter => ({
  sid: waiter.sid,
  passwordChecked(answer) {
    trace.step("pre-auth", answer.is === "unavailable" ? `unavailable: ${answer.detail}` : answer.is);
    waiter.passwordChecked(answer);
  },
});

const tracedTransport = (transport: Transport, trace: SessionTrace): Transport => ({
  ...transport,
  connect(options, receiver) {
    const { host, port, implicitTls, preface } = options;
    const how = `${implicitTls ? ", TLS" : ""}${preface === undefined ? "" : ", PROXY header first"}`;
    trace.step("connect", `${hostPortText(host, port)}${how}`);
    return transport.connect(options, tracedReceiver(receiver, trace));
  },
});

/** Stands in front of the store's login; the relay takes its place. */
const tracedReceiver = (receiver: ConnectReceiver, trace: SessionTrace): ConnectReceiver => ({
  connected() {
    trace.step("connected", "TCP is up");
    receiver.connected();
  },
  secured() {
    trace.step("store-tls", "TLS is up");
    receiver.secured();
  },
  data: (bytes) => receiver.data(bytes),
  drained: () => receiver.drained(),
  ended: () => receiver.ended(),
  closed: (error) => receiver.closed(error),
});

function tracedBack(back: Back, trace: SessionTrace): Back {
  let greeted = false;
  let sent = false;
  const noted = (actions: BackAction[]): BackAction[] => {
    if (!sent && (back.progress === "auth" || back.progress === "done")) {
      sent = true;
      trace.step("replay", "logging in at the store");
    }
    return actions;
  };
  return {
    get progress() {
      return back.progress;
    },
    receive(bytes) {
      if (!greeted) trace.step("banner", "the store has said its first word");
      greeted = true;
      return noted(back.receive(bytes));
    },
    secured: () => noted(back.secured()),
    respond: (message) => back.respond(message),
    ended: (how) => back.ended(how),
    rest: () => back.rest(),
  };
}

/** Notes the store's first word after the login, which answers the client's. */
function tracedStream(
  stream: ReturnType<NonNullable<SessionServices["createStream"]>> | undefined,
  trace: SessionTrace,
) {
  let begun = false;
  return {
    feed(bytes: Uint8Array): void {
      if (!begun && bytes.length > 0) {
        begun = true;
        trace.step("first-bytes", `${bytes.length} from the store`);
      }
      stream?.feed(bytes);
    },
    // Where the protocol lets the edge say no last word, it says none.
    get between() {
      return stream?.between ?? false;
    },
    farewell: (reason: "draining" | "kicked") => stream?.farewell(reason) ?? new Uint8Array(0),
  };
}
