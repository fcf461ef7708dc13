import { parseAccess } from "../../../edge-proxy/guard/access-rules.ts";
import { type Outcome, type Row, without } from "./row.ts";
import { wholeNumber } from "./values.ts";

/** Shortest time-outs by RFC 9051 and RFC 1939, and the longest that the schema takes, in seconds. */
const LEAST_IDLE = { imap: 1800, pop3: 600 } as const;
const MOST_IDLE = 86_400;

const idle: Row["read"] = (parameter, { protocol }): Outcome => {
  const wanted = wholeNumber(parameter);
  const value = Math.min(Math.max(wanted, LEAST_IDLE[protocol]), MOST_IDLE);
  if (value === wanted) return { value };
  return {
    fate: "changed",
    value,
    note: `${wanted} is ${wanted < value ? "shorter than the protocol allows" : "too long"}`,
  };
};

/** Levels of --log-level for those of syslog. */
const LEVELS = ["error", "error", "error", "error", "warn", "info", "info", "debug"] as const;

const logLevel: Row["read"] = (parameter): Outcome => ({
  fate: "changed",
  note: `start with --log-level ${LEVELS[wholeNumber(parameter)] ?? "debug"}`,
});

const penalty = (name: string): Row => ({
  name,
  field: "instances.<name>.penalties",
  pending: true,
  note: "until then, every failed login is answered after limits.failedLoginSeconds",
});

const SMTP = "SMTP is not supported";

/** Limits, logs and the process. */
export const LIMIT_ROWS: readonly Row[] = [
  { name: "Timeout", field: "instances.<name>.limits.<protocol>IdleSeconds", read: idle },
  {
    name: "ConnLimits",
    field: "instances.<name>.connectionLimits",
    pending: true,
    note: "until then, limits.connections limits the instance, and nothing limits a client address",
  },
  {
    name: "MaxConcurrentConnectionAttempts",
    field: "instances.<name>.limits.storeConnects",
    pending: true,
    note: "until then, only limits.connectSeconds limits a slow store",
    read: (parameter) => ({ value: wholeNumber(parameter) }),
  },
  {
    name: "TCPAccess",
    field: "instances.<name>.access",
    read: ({ value }) => {
      const read = parseAccess([value]);
      if (read.ok) return { value: [value] };
      return {
        fate: "changed",
        note: `left out, because of the rule ${JSON.stringify(read.rule)}: ${read.why}`,
      };
    },
  },
  ...["BGMax", "BGPenalty", "BGMaxBadness", "BGDecay", "BGLinear", "BGExcluded"].map(penalty),
  { name: "LogLevel", field: "--log-level", read: logLevel },
  without("LogDir", "the log goes to standard output as JSON lines, for the service manager to keep"),
  without("NumThreads", "one thread serves all sessions of a process"),
  without("ServiceList", "it only counts in AService.cfg"),
  without("SmtpRelays", SMTP),
  without("SmtpProxyPassword", SMTP),
  without("FailoverTimeout", SMTP),
  without("EhloKeywords", SMTP),
  without("PopBeforeSmtpKludgeChannel", SMTP),
];
