/** The benchmark of routes: changes, syncs, look-ups and what DynamoDB counts for them. On loopback only. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { figuresOf, replaceFigures } from "../document.ts";
import { describeMachine } from "../machine.ts";
import { PROJECT } from "../workspace.ts";
import { measureChange } from "./change.ts";
import { type Row, reportOf, withRows } from "./figures.ts";
import { measureLdifToSqlite, measureSlapdToDynamoDb, measureSlapdToSqlite } from "./full-sync.ts";
import { measureLookUps } from "./look-up.ts";
import { measureQuestions } from "./questions.ts";
import { measureUnits } from "./units.ts";
import { measureWriters } from "./writers.ts";

/** How much is done: for figures to quote, and for a look. */
const SIZES = {
  full: {
    changes: 3000,
    slapd: 100_000,
    dynamoDb: 5000,
    writerSeconds: 5,
    ldif: 1_000_000,
    entries: 1_000_000,
    lookUpSeconds: 10,
    questions: 50,
  },
  quick: {
    changes: 500,
    slapd: 10_000,
    dynamoDb: 1000,
    writerSeconds: 2,
    ldif: 50_000,
    entries: 50_000,
    lookUpSeconds: 3,
    questions: 10,
  },
};

const MEASUREMENTS: Record<string, (sizes: (typeof SIZES)["full"], database?: string) => Promise<Row[]>> = {
  change: ({ changes }) => measureChange(changes),
  slapd: ({ slapd }) => measureSlapdToSqlite(slapd),
  ldif: ({ ldif }) => measureLdifToSqlite(ldif),
  dynamodb: ({ dynamoDb }) => measureSlapdToDynamoDb(dynamoDb),
  writers: ({ writerSeconds }) => measureWriters(writerSeconds),
  lookup: ({ entries, lookUpSeconds }, database) =>
    measureLookUps({ entries, seconds: lookUpSeconds, database }),
  questions: ({ questions }) => measureQuestions(questions),
  units: () => measureUnits(),
};

interface Options {
  only?: string;
  entries?: string;
  database?: string;
  quick?: true;
  write?: true;
}

await new Command("bench:routes")
  .description("Measures how routes get from the directory to a login, on the loopback interface only.")
  .option("--only <list>", `what to measure; by commas: ${Object.keys(MEASUREMENTS).join(",")}`)
  .option(
    "--entries <number>",
    "entries to look up in; more than a million are copied by SQL, 9 GB for ten million",
  )
  .option("--database <file>", "look up in this SQLite file, which is made if it is not there, and kept")
  .option("--quick", "small sizes: a look, not a figure to quote")
  .option("--write", "put the table into docs/performance.md, or with --only its rows into that table")
  .action(async ({ only, entries, database, quick, write }: Options) => {
    const usual = quick === true ? SIZES.quick : SIZES.full;
    const sizes = entries === undefined ? usual : { ...usual, entries: Number(entries) };
    const names = only?.split(",") ?? Object.keys(MEASUREMENTS);
    if (write === true && quick === true) throw new Error("--quick gives no figures to write");
    const rows: Row[] = [];
    for (const name of names) {
      const measure = MEASUREMENTS[name];
      if (measure === undefined) throw new Error(`"${name}" is not known`);
      const found = await measure(sizes, database);
      for (const { what, figure } of found) console.error(`${what}: ${figure}`);
      rows.push(...found);
    }
    const report = reportOf(describeMachine(), rows);
    console.log(report);
    if (write !== true) return;
    const document = join(PROJECT, "docs/performance.md");
    const text = readFileSync(document, "utf8");
    const written = only === undefined ? report : withRows(figuresOf(text, "routes"), rows);
    writeFileSync(document, replaceFigures(text, written, "routes"));
  })
  .parseAsync();
