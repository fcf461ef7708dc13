import type {
  EndReason,
  FailedLogin,
  LoginFailureCode,
  LoginTimes,
  SessionRecord,
} from "../session-record.ts";
import type { LiveSession } from "../session-registry.ts";
import { LabelledCounter, LabelledHistogram } from "./instruments.ts";
import { counter, gauge, histogram, type MetricReading } from "./reading.ts";

/** Bounds of the login histogram, in seconds. */
const LOGIN_BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STEPS = {
  route: "routeMs",
  connect: "connectMs",
  tls: "tlsMs",
  auth: "authMs",
  total: "loginMs",
} as const satisfies Record<string, keyof LoginTimes>;
const STEP_FIELDS = Object.entries(STEPS);

/** Counts what becomes of the connections of this process. */
export interface EdgeMetrics {
  started(record: SessionRecord): void;
  ended(record: SessionRecord, reason: EndReason): void;
  loggedIn(record: SessionRecord, times: LoginTimes): void;
  loginFailed(record: SessionRecord, failure: FailedLogin): void;
  /** A store was asked: it let the user in, or the attempt failed with a code. */
  storeAsked(store: string, outcome: "ok" | LoginFailureCode, ms: number): void;
  /** `sessions` are those that are live now. */
  read(sessions: Iterable<LiveSession>): MetricReading[];
}

export function createEdgeMetrics(): EdgeMetrics {
  const started = new LabelledCounter(["instance", "protocol"]);
  const live = new LabelledCounter(["instance", "protocol", "tls"]);
  const ended = new LabelledCounter(["instance", "protocol", "tls", "reason"]);
  const logins = new LabelledCounter(["instance", "protocol", "tls", "mechanism"]);
  const failures = new LabelledCounter(["instance", "protocol", "code"]);
  const steps = new LabelledHistogram(["step"], LOGIN_BOUNDS_SECONDS);
  const attempts = new LabelledCounter(["store", "outcome"]);
  const attemptSeconds = new LabelledHistogram(["store"], LOGIN_BOUNDS_SECONDS);
  const bytes = new LabelledCounter(["instance", "protocol", "from"]);

  return {
    started({ instance, protocol }) {
      started.add([instance, protocol]);
    },
    ended({ instance, protocol, tls = "none", bytesFromClient, bytesFromStore }, reason) {
      ended.add([instance, protocol, tls, reason]);
      bytes.add([instance, protocol, "client"], bytesFromClient);
      bytes.add([instance, protocol, "store"], bytesFromStore);
    },
    loggedIn({ instance, protocol, tls = "none", mechanism = "" }, times) {
      logins.add([instance, protocol, tls, mechanism]);
      for (const [step, field] of STEP_FIELDS) {
        const ms = times[field];
        if (ms !== undefined) steps.observe([step], ms / 1000);
      }
    },
    loginFailed({ instance, protocol }, { code }) {
      failures.add([instance, protocol, code]);
    },
    storeAsked(store, outcome, ms) {
      attempts.add([store, outcome]);
      attemptSeconds.observe([store], ms / 1000);
    },
    read(sessions) {
      const bytesSoFar = bytes.copy();
      count(sessions, live, bytesSoFar);
      return [
        counter(
          "mmp_edge_sessions_total",
          "Connections accepted, those refused at once included.",
          started.read(),
        ),
        gauge("mmp_edge_sessions", "Live sessions, from accept to close, by TLS version.", live.read()),
        counter(
          "mmp_edge_sessions_ended_total",
          "Sessions that have ended, by TLS version and reason.",
          ended.read(),
        ),
        counter("mmp_edge_logins_total", "Successful logins, by TLS version and mechanism.", logins.read()),
        counter(
          "mmp_edge_login_failures_total",
          "Failed logins and attempts at stores, by code.",
          failures.read(),
        ),
        histogram(
          "mmp_edge_login_seconds",
          "Duration of successful logins, by step; total includes all of them.",
          (name) => steps.read(name),
        ),
        counter(
          "mmp_edge_store_attempts_total",
          "Logins tried at stores, by outcome: ok, or the code of the failure.",
          attempts.read(),
        ),
        histogram("mmp_edge_store_seconds", "Duration of logins at stores, whatever came of them.", (name) =>
          attemptSeconds.read(name),
        ),
        counter(
          "mmp_edge_bytes_total",
          "Bytes of sessions, live ones included, by the side that sent them.",
          bytesSoFar.read(),
        ),
      ];
    },
  };
}

/** Counts the live sessions, and adds their bytes: what is read seldom costs a session nothing meanwhile. */
function count(sessions: Iterable<LiveSession>, live: LabelledCounter, bytes: LabelledCounter): void {
  live.reset();
  for (const { record, traffic } of sessions) {
    const { instance, protocol, tls = "none" } = record;
    live.add([instance, protocol, tls]);
    bytes.add([instance, protocol, "client"], traffic.fromClient);
    bytes.add([instance, protocol, "store"], traffic.fromStore);
  }
}
