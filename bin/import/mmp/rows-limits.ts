import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type AccessRules, hostNamesIn, parseAccess } from "../../../edge-proxy/guard/access-rules.ts";
import { Failure } from "../../failure.ts";
import { todo } from "../draft.ts";
import { connectionLimits, ofPenalties, penaltySeconds } from "./client-limits.ts";
import { networkList } from "./networks.ts";
import { type Outcome, type ReadRow, type Row, without } from "./row.ts";
import { wholeNumber } from "./values.ts";

/** Shortest time-outs by RFC 9051 and RFC 1939, and the longest that the schema takes, in seconds. */
const LEAST_IDLE = { imap: 1800, pop3: 600 } as const;
const MOST_SECONDS = 86_400;

const idle: Row["read"] = (parameter, { protocol }): Outcome => {
  const wanted = wholeNumber(parameter);
  const value = Math.min(Math.max(wanted, LEAST_IDLE[protocol]), MOST_SECONDS);
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

/** Addresses with masks, or a file of them. */
const excluded: ReadRow = (parameter, { draft, instance }): Outcome => {
  const { name, value, place } = parameter;
  if (/^\d/.test(value)) return { value: networkList(parameter) };
  try {
    const text = readFileSync(resolve(dirname(place.file), value), "utf8").replace(/#.*/g, "");
    return { value: networkList(parameter, text), note: `from ${value}` };
  } catch (error) {
    if (error instanceof Failure) throw error;
    todo(draft, `${name} of instance ${instance}: put the ranges of ${value} into penalties.exempt.`);
    return { fate: "changed", note: `left out: ${value} cannot be read here` };
  }
};

const SMTP = "SMTP is not supported";

/** What becomes of the host names in rules; undefined if there are none. */
function hostNameFault({ allow, deny }: AccessRules): string | undefined {
  const [nobody, everybody] = [hostNamesIn(allow), hostNamesIn(deny)];
  const parts = [
    ...(nobody.length === 0 ? [] : [`in allow rules, ${nobody.join(", ")} matches nobody`]),
    ...(everybody.length === 0 ? [] : [`in deny rules, ${everybody.join(", ")} matches everybody`]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** Limits, logs and the process. */
export const LIMIT_ROWS: readonly Row[] = [
  { name: "Timeout", field: "instances.<name>.limits.<protocol>IdleSeconds", read: idle },
  { name: "ConnLimits", field: "instances.<name>.limits.connectionsPerClient", read: connectionLimits },
  {
    name: "MaxConcurrentConnectionAttempts",
    field: "stores.*.attempts",
    read: (parameter) => ({
      value: Math.max(1, wholeNumber(parameter)),
      note: "a login counts until the store has answered, and others queue for stores.*.attemptWaitSeconds",
    }),
  },
  {
    name: "TCPAccess",
    field: "instances.<name>.access",
    read: ({ value, place: { file, line } }, { draft, instance }) => {
      const read = parseAccess([value]);
      if (read.ok) {
        const fault = hostNameFault(read.rules);
        if (fault === undefined) return { value: [value] };
        todo(
          draft,
          `TCPAccess (${file}:${line}): the edge does not look up clients' host names: ${fault}. Use networks instead in instances.${instance}.access.`,
        );
        return { fate: "changed", value: [value], note: fault };
      }
      return {
        fate: "changed",
        note: `left out, because of the rule ${JSON.stringify(read.rule)}: ${read.why}`,
      };
    },
  },
  {
    name: "BGMax",
    field: "instances.<name>.penalties.remembered",
    read: ofPenalties((parameter) => ({ value: Math.max(1, wholeNumber(parameter)) })),
  },
  { name: "BGPenalty", field: "instances.<name>.penalties.firstSeconds", read: penaltySeconds(60) },
  { name: "BGMaxBadness", field: "instances.<name>.penalties.maxSeconds", read: penaltySeconds(600) },
  { name: "BGDecay", field: "instances.<name>.penalties.decaySeconds", read: penaltySeconds(MOST_SECONDS) },
  without("BGLinear", "delays always decay evenly: instances.<name>.penalties.decaySeconds"),
  { name: "BGExcluded", field: "instances.<name>.penalties.exempt", read: ofPenalties(excluded) },
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
