import { parseAccess } from "../../../edge-proxy/guard/access-rules.ts";
import { type Outcome, type Row, without } from "./row.ts";
import { wholeNumber } from "./values.ts";

/** RFC 9051 and RFC 1939, in seconds; the longest that the schema takes. */
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

/** Levels of syslog to those of --log-level. */
const LEVELS = ["error", "error", "error", "error", "warn", "info", "info", "debug"] as const;

const logLevel: Row["read"] = (parameter): Outcome => ({
  fate: "changed",
  note: `start with --log-level ${LEVELS[wholeNumber(parameter)] ?? "debug"}`,
});

const penalty = (name: string): Row => ({
  name,
  field: "instances.<name>.penalties",
  pending: true,
  note: "until then a failed login is answered after limits.failedLoginSeconds, whoever tries",
});

const SMTP = "SMTP is not served here";

/** Limits, logs, and the process. */
export const LIMIT_ROWS: readonly Row[] = [
  { name: "Timeout", field: "instances.<name>.limits.<protocol>IdleSeconds", read: idle },
  {
    name: "ConnLimits",
    field: "instances.<name>.connectionLimits",
    pending: true,
    note: "until then limits.connections bounds the instance, and no client address has a bound of its own",
  },
  {
    name: "MaxConcurrentConnectionAttempts",
    field: "instances.<name>.limits.storeConnects",
    pending: true,
    note: "until then limits.connectSeconds alone bounds a slow store",
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
        note: `left out: the rule ${JSON.stringify(read.rule)} cannot be read: ${read.why}`,
      };
    },
  },
  ...["BGMax", "BGPenalty", "BGMaxBadness", "BGDecay", "BGLinear", "BGExcluded"].map(penalty),
  { name: "LogLevel", field: "--log-level", read: logLevel },
  without("LogDir", "the log is JSON lines on standard output: the service manager keeps them"),
  without("NumThreads", "one thread serves all sessions of a process"),
  without("ServiceList", "it counts in AService.cfg alone"),
  without("SmtpRelays", SMTP),
  without("SmtpProxyPassword", SMTP),
  without("FailoverTimeout", SMTP),
  without("EhloKeywords", SMTP),
  without("PopBeforeSmtpKludgeChannel", SMTP),
];
