/** Compares the logins of good users under each attack with those in quiet, in one run, at the edge and at nginx: `npm run abuse`. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { SHORT } from "../faults/form.ts";
import type { LoadEvent } from "../faults/load/events.ts";
import { type Load, startLoad } from "../faults/load/load.ts";
import { isNormal } from "../faults/measure.ts";
import { isInside, runInside } from "../faults/network.ts";
import { PASSWORD, type Site, type Subject, startSite } from "../faults/site.ts";
import { subjects } from "../faults/subjects.ts";
import { start } from "../support/child.ts";
import { ATTACKS } from "./attacks.ts";
import { type Measured, tooSlow, withTable } from "./page.ts";

/** An attack that seems to slow logins down is made so often in all. */
const TRIES = 3;
/** A process has no more descriptors than 20,000 in many places: more attackers make more connections. */
const OPEN_PER_ATTACKER = 7000;
/** After an attack, what it has left behind is cleared away before quiet is measured. */
const SETTLE_MS = 2000;
const PAGE = "docs/reliability.md";

const { values } = parseArgs({
  options: {
    /** How long each attack lasts, and quiet before it. */
    seconds: { type: "string", default: "15" },
    logins: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    /** Writes the page's table. */
    write: { type: "boolean", default: false },
  },
});

if (!isInside()) process.exit(await runInside());

const SPANS_MS = Number(values.seconds) * 1000;
const form = {
  ...SHORT,
  strangers: 0,
  load: { ...SHORT.load, loginsPerSecond: Number(values.logins), roundMs: 2000 },
};
const measured: Measured = {};

for (const subject of subjects(form)) if (subject.name !== "dovecot") await measure(subject);
if (values.write) writeFileSync(PAGE, withTable(readFileSync(PAGE, "utf8"), measured));
const slow = tooSlow(measured);
for (const text of slow) console.error(text);
process.exit(slow.length === 0 ? 0 : 1);

async function measure(subject: Subject): Promise<void> {
  const site = await startSite(form, "dynalite", subject);
  const { stayers, visitors } = site.users;
  const { doors } = site.proxy;
  const load = startLoad({ doors, stayers, visitors, strangers: [], password: PASSWORD, ...form.load });
  try {
    await load.ready;
    await isNormal(load, form, performance.now());
    for (const { name, open } of ATTACKS.filter((one) => one.name.includes(values.only))) {
      // Others may have kept the machine busy: what an attack costs shows each time.
      for (let tries = 0; tries < TRIES; tries++) {
        await pause(SETTLE_MS);
        await isNormal(load, form, performance.now());
        const quiet = await during(load);
        const attack = await attacked(site, name, Math.ceil(open / OPEN_PER_ATTACKER) || 1, load);
        measured[name] = { ...measured[name], [subject.name]: { quiet, ...attack } };
        console.log(`${subject.name}: ${name}: ${JSON.stringify({ quiet, ...attack })}`);
        if (tooSlow({ [name]: measured[name] }).length === 0) break;
      }
    }
  } finally {
    await load.stop();
    await site.remove();
  }
}

async function attacked({ proxy }: Site, name: string, attackers: number, load: Load) {
  const all = Array.from({ length: attackers }, (_, number) =>
    start("node", ["test/abuse/attacker.ts", name, ...[...proxy.ports, number, attackers].map(String)]),
  );
  try {
    await Promise.all(all.map((attacker) => attacker.line((line) => line === "under way")));
    const under = await during(load);
    const counts = all.map(({ lines }) => Number(/^open (\d+)$/.exec(lines.at(-1) ?? "")?.[1] ?? 0));
    return { under, open: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    await Promise.all(all.map((attacker) => attacker.stop("SIGKILL")));
  }
}

/** Logins in the next seconds: how many failed, and the time that 99 in 100 took at most. */
async function during(load: Load): Promise<{ logins: number; failed: number; p99Ms: number }> {
  const first = load.events.length;
  await pause(SPANS_MS);
  const logins = load.events
    .slice(first)
    .filter((event): event is LoadEvent & { kind: "login" } => event.kind === "login");
  const times = logins.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    logins: logins.length,
    failed: logins.filter(({ answer }) => answer !== "ok").length,
    p99Ms: Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
  };
}
