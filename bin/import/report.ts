import type { Draft } from "./draft.ts";
import type { Fate, Finding } from "./finding.ts";

/** Headings in the order of the report, which begins with what needs attention. */
const HEADINGS: readonly [Fate, string][] = [
  ["unknown", "Unknown: no version that we know of has it"],
  ["pending", "Not yet: it would make sense here, but mmp.yaml has no field for it"],
  ["changed", "Changed"],
  ["none", "Without meaning here"],
  ["carried", "Carried over"],
];

/** The operator's report: what to do, then every setting with its file and line. */
export function reportText({ source, findings, todos, assumed, files }: Draft): string {
  const sections = HEADINGS.map(([fate, heading]) => section(heading, rows(findings, fate)));
  return [
    `Import of ${source}`,
    `${counts(findings)}.`,
    "",
    ...section(
      "To do before the configuration runs",
      todos.map((text, index) => `${index + 1}. ${text}`),
    ),
    ...section(
      "Files with secrets, mode 0600: only the user who ran the import can read them",
      [...files].filter(([, { secret }]) => secret).map(([name]) => name),
    ),
    ...section("Assumed, because the old configuration does not say", assumed),
    ...sections.flat(),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

/** `12 carried over, 3 changed, …` */
export function counts(findings: readonly Finding[]): string {
  const of = (fate: Fate): number => findings.filter((finding) => finding.fate === fate).length;
  return `${of("carried")} carried over, ${of("changed")} changed, ${of("none")} without meaning here, ${of("pending")} not yet, ${of("unknown")} unknown`;
}

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`), ""];

const rows = (findings: readonly Finding[], fate: Fate): string[] =>
  findings
    .filter((finding) => finding.fate === fate)
    .sort((a, b) => a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line)
    .map(
      ({ place, name, field, note }) =>
        `${place.file}:${place.line} ${name}${field === undefined ? "" : ` → ${field}`}${note === undefined ? "" : `: ${note}`}`,
    );
