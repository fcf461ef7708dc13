import type { Security } from "./load.ts";
import { churnCost, withProxies } from "./measure.ts";
import { FIGURES, FULL, type Mode } from "./modes.ts";
import type { MailProxy } from "./proxies/proxy.ts";
import { median, table } from "./report.ts";
import type { Workspace } from "./workspace.ts";

/** Logins a turn: most of a second, so that the next turn sees the same machine. */
const TURN_LOGINS = 1500;
const WARM_UP_TURN_LOGINS = 5000;

export interface Pairs {
  /** µs of CPU a login, a value a turn. */
  first: number[];
  second: number[];
}

/**
 * Two proxies that are both up and take turns: what a noisy machine does to one of them for a while, it does to the
 * other. Their ratio is far steadier than the figures of runs that follow each other.
 */
export async function measurePairs(
  proxies: readonly [MailProxy, MailProxy],
  security: Security,
  turns: number,
  workspace: Workspace,
): Promise<Pairs> {
  return withProxies(proxies, workspace, async (subjects) => {
    const [first, second] = subjects.map((subject) => subject(security));
    if (first === undefined || second === undefined) throw new Error("two proxies are needed");
    for (let logins = 0; logins < FULL.warmUpLogins; logins += WARM_UP_TURN_LOGINS) {
      await churnCost(first, WARM_UP_TURN_LOGINS);
      await churnCost(second, WARM_UP_TURN_LOGINS);
    }
    const pairs: Pairs = { first: [], second: [] };
    for (let turn = 0; turn < turns; turn++) {
      const order = turn % 2 === 0 ? (["first", "second"] as const) : (["second", "first"] as const);
      for (const each of order)
        pairs[each].push(await churnCost(each === "first" ? first : second, TURN_LOGINS));
    }
    return pairs;
  });
}

const SECURITY = { "churn-plain": "plain", "churn-tls": "tls", "churn-resume": "resume" } as const;
export type LoginMode = keyof typeof SECURITY;
export const isLoginMode = (mode: Mode): mode is LoginMode => mode in SECURITY;

/** A row a mode: what a login costs both, and the ratio of their sums, with the quartiles of the turns' ratios. */
export async function pairTable(
  proxies: readonly [MailProxy, MailProxy],
  modes: readonly LoginMode[],
  turns: number,
  workspace: Workspace,
): Promise<string> {
  const rows: string[][] = [];
  for (const mode of modes) {
    const { first, second } = await measurePairs(proxies, SECURITY[mode], turns, workspace);
    const ratios = first.map((cost, turn) => cost / (second[turn] ?? Number.NaN)).toSorted((a, b) => a - b);
    const quartile = (part: number) => ratios[Math.floor((ratios.length - 1) * part)]?.toFixed(2);
    const ratio = (sum(first) / sum(second)).toFixed(3);
    const cells = [first, second].map((costs) => (median(costs) ?? Number.NaN).toFixed(0));
    rows.push([FIGURES[mode].label, ...cells, `${ratio} (${quartile(0.25)}–${quartile(0.75)})`]);
  }
  const [first, second] = proxies;
  return table(["", first.name, second.name, "ratio (quartiles)"], rows);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
