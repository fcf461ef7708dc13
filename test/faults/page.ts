import type { Outcome } from "./outcome.ts";
import { type Peer, SCENARIOS, type Scenario } from "./scenarios.ts";

/** What faults cost the edge and its peers, by the fault's name. */
export type Outcomes = Record<string, Partial<Record<"mmp" | Peer, Outcome | "never normal">>>;

const BEGIN = "<!-- Faults: written by `npm run faults -- --write` -->\n";
const END = "\n<!-- end -->";

/** The page with another table in the place of the old one, and a sentence on how it came about. */
export function withTable(page: string, outcomes: Outcomes, how: string): string {
  const [before = "", rest = ""] = page.split(BEGIN);
  const end = rest.indexOf(END);
  const table = [
    "| Fault | Sessions ended | Logins failed | Login time at the other store | Normal after | nginx mail | Dovecot proxy |",
    "| --- | --- | --- | --- | ---: | --- | --- |",
    ...SCENARIOS.map((scenario) => row(scenario, outcomes[scenario.fault] ?? {})),
    "",
    how,
  ].join("\n");
  return `${before}${BEGIN}${table}${rest.slice(end)}`;
}

/** The faults that the table of a page has. */
export const faultsOf = (page: string): string[] =>
  (page.split(BEGIN)[1]?.split(END)[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => line.split("|")[1]?.trim() ?? "");

function row({ fault, peers }: Scenario, { mmp, nginx, dovecot }: Outcomes[string]): string {
  const own =
    typeof mmp === "object"
      ? [ended(mmp), failed(mmp), times(mmp), seconds(mmp.normalMs)]
      : [mmp === undefined ? "not run" : NEVER, "", "", ""];
  const peer = (name: Peer, outcome: Outcome | "never normal" | undefined): string => {
    if (!peers.includes(name)) return "–";
    if (typeof outcome !== "object") return outcome === undefined ? "not run" : NEVER;
    return `sessions: ${ended(outcome)}; logins: ${failed(outcome)}; ${seconds(outcome.normalMs)}`;
  };
  return `| ${[fault, ...own, peer("nginx", nginx), peer("dovecot", dovecot)].join(" | ")} |`;
}

/** With BYE and without. */
function ended({ sessions, bye, cut, endsMs }: Outcome): string {
  if (bye + cut === 0) return `0 of ${sessions}`;
  const how = [bye > 0 ? `${bye} with BYE` : "", cut > 0 ? `${cut} without` : ""].filter(Boolean);
  const over = endsMs < 1000 ? "" : `, over ${seconds(endsMs)}`;
  return `${bye + cut} of ${sessions}: ${how.join(", ")}${over}`;
}

const times = ({ others }: Outcome): string =>
  others === undefined ? "–" : `${others.beforeMs} ms → ${others.meanwhileMs} ms`;

const NEVER = "does not recover by itself";

const WORDS: Record<string, string> = {
  unavailable: "unavailable",
  "wrong-password": "**wrong password**",
  "other-refusal": "another refusal",
  closed: "connection closed",
  "no-answer": "no answer",
};

function failed({ logins, failed: by }: Outcome): string {
  const counts = Object.entries(by);
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  const how = counts.map(([answer, count]) => `${count} ${WORDS[answer] ?? answer}`).join(", ");
  return `${sum} of ${logins}${how === "" ? "" : `: ${how}`}`;
}

const seconds = (ms: number): string => (ms === 0 ? "at once" : `${(ms / 1000).toFixed(1)} s`);
