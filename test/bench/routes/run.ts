/** The benchmark of routes: changes, syncs, look-ups and what DynamoDB counts for them. On loopback only. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { replaceFigures } from "../document.ts";
import { describeMachine } from "../machine.ts";
import { PROJECT } from "../workspace.ts";
import { measureChange } from "./change.ts";
import type { Row } from "./figures.ts";
import { measureLdifToSqlite, measureSlapdToDynamoDb, measureSlapdToSqlite } from "./full-sync.ts";
import { measureLookUps } from "./look-up.ts";
import { measureUnits } from "./units.ts";

/** How much is done: for figures to quote, and for a look. */
const SIZES = {
  full: { changes: 500, slapd: 100_000, dynamoDb: 100_000, ldif: 1_000_000, lookUpSeconds: 20 },
  quick: { changes: 50, slapd: 10_000, dynamoDb: 1000, ldif: 50_000, lookUpSeconds: 3 },
};

const MEASUREMENTS: Record<string, (sizes: (typeof SIZES)["full"]) => Promise<Row[]>> = {
  change: ({ changes }) => measureChange(changes),
  slapd: ({ slapd }) => measureSlapdToSqlite(slapd),
  ldif: ({ ldif }) => measureLdifToSqlite(ldif),
  dynamodb: ({ dynamoDb }) => measureSlapdToDynamoDb(dynamoDb),
  lookup: ({ ldif, lookUpSeconds }) => measureLookUps(ldif, lookUpSeconds),
  units: () => measureUnits(),
};

interface Options {
  only?: string;
  quick?: true;
  write?: true;
}

await new Command("bench:routes")
  .description("Measures how routes get from the directory to a login, on the loopback interface only.")
  .option("--only <list>", `what to measure; by commas: ${Object.keys(MEASUREMENTS).join(",")}`)
  .option("--quick", "small sizes: a look, not a figure to quote")
  .option("--write", "put the table into docs/performance.md")
  .action(async ({ only, quick, write }: Options) => {
    const sizes = quick === true ? SIZES.quick : SIZES.full;
    const names = only?.split(",") ?? Object.keys(MEASUREMENTS);
    if (write === true && (quick === true || only !== undefined))
      throw new Error("--write needs all measurements, and no --quick");
    const rows: Row[] = [];
    for (const name of names) {
      const measure = MEASUREMENTS[name];
      if (measure === undefined) throw new Error(`"${name}" is not known`);
      const found = await measure(sizes);
      for (const { what, figure } of found) console.error(`${what}: ${figure}`);
      rows.push(...found);
    }
    const table = ["| | |", "| --- | ---: |", ...rows.map(({ what, figure }) => `| ${what} | ${figure} |`)];
    const report = [describeMachine(), table.join("\n")].join("\n\n");
    console.log(report);
    const document = join(PROJECT, "docs/performance.md");
    if (write === true)
      writeFileSync(document, replaceFigures(readFileSync(document, "utf8"), report, "routes"));
  })
  .parseAsync();
