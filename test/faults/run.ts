/** Brings faults to a site under load, one after the other, and counts what each costs: `npm run faults`. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { killTree } from "../support/process-tree.ts";
import { type Form, LONG, SHORT } from "./form.ts";
import { type Load, startLoad } from "./load/load.ts";
import { isNormal, measure } from "./measure.ts";
import { isInside, runInside } from "./network.ts";
import { broken } from "./outcome.ts";
import { withTable } from "./page.ts";
import { openResults } from "./results.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { PASSWORD, type Site, type Subject, startSite, type Table } from "./site.ts";
import { subjects } from "./subjects.ts";

const PAGE = "docs/reliability.md";

const { values } = parseArgs({
  options: {
    /** Fewer sessions, faults and seconds, and only the edge. */
    short: { type: "boolean", default: false },
    /** Only faults that this pattern fits, or only this subject. */
    only: { type: "string", default: "" },
    subject: { type: "string" },
    sessions: { type: "string" },
    logins: { type: "string" },
    "hold-seconds": { type: "string" },
    /** Writes the page's table. */
    write: { type: "boolean", default: false },
    /** A file for the log of what was under test. */
    log: { type: "string" },
    /** A file for the outcomes, as JSON; written after each fault. */
    output: { type: "string" },
    /** Goes on where the run that wrote this file was broken off. */
    resume: { type: "boolean", default: false },
  },
});

if (!isInside()) process.exit(await runInside());

const form = chosenForm();
const scenarios = SCENARIOS.filter(
  ({ fault, isShort }) => (isShort || !values.short) && new RegExp(values.only).test(fault),
);
const results = openResults(values.output ?? `test/.cache/faults-${form.name}.json`, how(), values.resume);
const faults: string[] = [];
const say = (text: string): void =>
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}`);

for (const subject of subjects(form)) {
  if (subject.name !== (values.subject ?? (values.short ? "mmp" : subject.name))) continue;
  for (const table of ["dynalite", "sqlite"] as const) {
    const mine = scenarios
      .filter(
        ({ table: its = "dynalite", peers }) =>
          its === table && (subject.name === "mmp" || peers.includes(subject.name)),
      )
      .filter(({ fault }) => results.isMissing(fault, subject.name));
    if (mine.length > 0) await runOn(subject, table, mine);
  }
}
const day = new Date().toISOString().slice(0, 10);
if (values.write)
  writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), results.outcomes, `On ${day}: ${how()}.`));
for (const text of faults) console.error(text);
process.exit(faults.length === 0 ? 0 : 1);

async function runOn(subject: Subject, table: Table, mine: readonly Scenario[]): Promise<void> {
  const site = await startSite(form, table, subject);
  say(`${subject.name} is up`);
  try {
    await underLoad(site, subject, mine);
  } finally {
    if (values.log !== undefined) copyFileSync(site.proxyLog, values.log);
    await site.remove();
  }
}

async function underLoad(site: Site, { name }: Subject, mine: readonly Scenario[]): Promise<void> {
  const { stayers, visitors, strangers } = site.users;
  const load = startLoad({
    doors: site.proxy.doors,
    stayers,
    visitors,
    strangers: [...strangers],
    password: PASSWORD,
    ...form.load,
  });
  await load.ready;
  await isNormal(load, form, performance.now());
  say(`${load.there.size} sessions are there`);
  for (const scenario of mine) {
    try {
      const outcome = await measure(scenario, site, load, form);
      results.add(scenario.fault, name, outcome);
      const { sessions, bye, cut, logins, failed, transfers, others, normalMs, late } = outcome;
      const summary = { sessions, bye, cut, logins, ...failed, transfers, ...others, normalMs };
      say(`${name}: ${scenario.fault}: ${JSON.stringify(summary)}`);
      for (const text of late) say(`  ${text}`);
      // What peers lose is told, not judged.
      if (name === "mmp") faults.push(...broken(outcome).map((text) => `${scenario.fault}: ${text}`));
    } catch (error) {
      const text = `${name}: ${scenario.fault}: ${(error as Error).stack}`;
      say(text);
      if (name === "mmp") faults.push(text);
      results.add(scenario.fault, name, "never normal");
      if (!(await isWellAgain(site, load))) break;
    }
  }
  await load.stop();
}

/** The load, in words. */
function how(): string {
  const { sessions, load, holdMs } = form;
  return `${sessions} sessions, ${load.loginsPerSecond} logins a second, faults of ${holdMs / 1000} s (three times that where a store failed)`;
}

/** Starts anew what did not recover; false if it is not normal then, either. */
async function isWellAgain({ proxy, disk, links }: Site, load: Load): Promise<boolean> {
  try {
    disk.free();
    for (const link of Object.values(links)) link.trouble({});
    killTree(proxy.pid());
    await proxy.exited();
    await proxy.start();
    await isNormal(load, form, performance.now());
    return true;
  } catch {
    return false;
  }
}

function chosenForm(): Form {
  const base = values.short ? SHORT : LONG;
  const { sessions, logins, "hold-seconds": holdSeconds } = values;
  return {
    ...base,
    sessions: Number(sessions ?? base.sessions),
    holdMs: holdSeconds === undefined ? base.holdMs : Number(holdSeconds) * 1000,
    load: { ...base.load, loginsPerSecond: Number(logins ?? base.load.loginsPerSecond) },
  };
}
