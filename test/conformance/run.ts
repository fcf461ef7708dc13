/** The conformance run: how client certificates are judged here, beside openssl, pkijs and public suites. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { replaceFigures } from "../bench/document.ts";
import { operatorsCases } from "./cases.ts";
import { explanationOf, LAXER, STRICTER } from "./explained.ts";
import { limboCases } from "./limbo.ts";
import { ACCEPTED, type PathCase, type Verdict } from "./path-case.ts";
import { pkitsCases } from "./pkits.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = join(PROJECT, "docs/certificates.md");
const RUNTIMES = { Bun: ["bun"], Node: ["node"], Deno: ["deno", "run", "-A"] } as const;
const JUDGES = { edge: "the edge", openssl: "OpenSSL", pkijs: "pkijs", peculiar: "@peculiar/x509" } as const;

const program = new Command("conformance")
  .description("Judge certificates as the edge does, beside others, and count where they differ.")
  .option("--pkits <folder>", "NIST's suite: a folder with certs and crls")
  .option("--limbo <file>", "x509-limbo's limbo.json")
  .option("--write", "put the tables into docs/certificates.md", false)
  .parse();
const options = program.opts<{ pkits?: string; limbo?: string; write: boolean }>();
const folder = mkdtempSync(join(tmpdir(), "mmp-conformance-"));
const unexplained: string[] = [];

/** The verdicts of judges on cases, under a runtime. */
function verdictsOf(cases: readonly PathCase[], judges: readonly string[], runtime: keyof typeof RUNTIMES) {
  const file = join(folder, "cases.json");
  writeFileSync(file, JSON.stringify(cases));
  const [command, ...first] = RUNTIMES[runtime];
  const args = [...first, join(PROJECT, "test/conformance/judge.ts"), file, ...judges];
  const output = execFileSync(join(PROJECT, "node_modules/.bin", command), args, { maxBuffer: 1e8 });
  return JSON.parse(String(output)) as Record<string, Verdict[]>;
}

/** The edge's verdicts, which must be the same under each runtime. */
function edgeVerdicts(cases: readonly PathCase[]): Verdict[] {
  const [first, ...others] = (Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[]).map(
    (runtime) => verdictsOf(cases, ["edge"], runtime).edge ?? [],
  );
  for (const other of others) {
    if (JSON.stringify(other) !== JSON.stringify(first)) throw new Error("the runtimes do not agree");
  }
  return first ?? [];
}

function operatorsTable(): string[] {
  const cases = operatorsCases(folder);
  const others = verdictsOf(cases, ["openssl", "pkijs", "peculiar"], "Node");
  const all: Record<string, Verdict[]> = { edge: edgeVerdicts(cases), ...others };
  const rows = cases.flatMap(({ name, valid }, index) => {
    const cells = Object.keys(JUDGES).map((judge) => {
      const isRight = ((all[judge] ?? [])[index] === ACCEPTED) === valid;
      if (!isRight && judge === "edge") unexplained.push(name);
      return isRight ? "" : valid ? "refuses" : "**accepts**";
    });
    return cells.every((cell) => cell === "") ? [] : [`| ${name} | ${cells.join(" | ")} |`];
  });
  const heading = `| ${cases.length} cases; where a judge is wrong | ${Object.values(JUDGES).join(" | ")} |`;
  return [heading, `| --- ${"| --- ".repeat(Object.keys(JUDGES).length)}|`, ...rows];
}

function suiteTable(suite: string, cases: readonly PathCase[]): string[] {
  const verdicts = edgeVerdicts(cases);
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const [index, { name, valid }] of cases.entries()) {
    const verdict = verdicts[index] ?? "";
    const isAccepted = verdict === ACCEPTED;
    if (isAccepted === valid) count("as the suite says");
    else {
      const why = explanationOf(valid ? STRICTER : LAXER, name, verdict);
      if (why === undefined) unexplained.push(`${suite} ${name}: ${verdict}`);
      count(`${valid ? "refused" : "accepted"} all the same: ${why}`);
    }
  }
  const rows = [...counts].sort(([, a], [, b]) => b - a).map(([what, times]) => `| ${what} | ${times} |`);
  return [`| ${suite}, ${cases.length} cases | |`, "| --- | ---: |", ...rows];
}

try {
  const tables = [operatorsTable()];
  if (options.pkits !== undefined) tables.push(suiteTable("PKITS", pkitsCases(options.pkits)));
  if (options.limbo !== undefined) tables.push(suiteTable("x509-limbo", limboCases(options.limbo)));
  const figures = tables.map((lines) => lines.join("\n")).join("\n\n");
  console.log(figures);
  if (options.write) writeFileSync(PAGE, replaceFigures(readFileSync(PAGE, "utf8"), figures, "conformance"));
  for (const one of unexplained) console.error(`not explained: ${one}`);
  process.exitCode = unexplained.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
