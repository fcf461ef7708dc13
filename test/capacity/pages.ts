import { measuredFigures } from "../bench/many/figures.ts";
import { type Outcome, simulateFeed } from "../scale/feed.ts";
import { deploymentMonth, total, trafficMonth } from "./deployment.ts";
import { planHosts } from "./hosts.ts";
import { demandOf, LOAD, SITES, type Site } from "./sites.ts";
import { tableMonth } from "./table.ts";
import { LOOKS_PER_SECOND, QUOTAS } from "./unit-costs.ts";

/** The simulations in docs/capacity.md. */
export const SIMULATIONS = [1, 8].map((changesPerSecond) => ({
  edges: 1000,
  routeApis: 50,
  changesPerSecond,
  seconds: 10,
}));

const number = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: value < 10 && value > 0 ? 1 : 0 });
const percent = (share: number): string => `${Math.round(share * 100)} %`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Rows of several sites side by side, by what each line is. */
const beside = (
  sites: readonly Site[],
  cells: (site: Site) => [what: string, ...cells: string[]][],
): string[][] => {
  const columns = sites.map(cells);
  return (columns[0] ?? []).map(([what], index) => [
    what,
    ...columns.flatMap((column) => (column[index] ?? []).slice(1)),
  ]);
};

/** What the route table costs a month. */
export function tableCosts(): string {
  const sites = [SITES.large, SITES.largest];
  const rows = beside(sites, (site) => {
    const lines = tableMonth(site);
    const dollars = lines.reduce((sum, line) => sum + line.dollars, 0);
    return [
      ...lines.map((line): [string, string, string, string] => [
        line.what,
        line.reads === 0 ? "–" : number(line.reads),
        line.writes === 0 ? "–" : number(line.writes),
        number(line.dollars),
      ]),
      ["**Together**", "", "", `**${number(dollars)}**`],
    ];
  });
  return table(
    ["", ...sites.flatMap(({ accounts }) => [`${number(accounts / 1e6)} million: reads`, "writes", "$"])],
    rows,
  );
}

/** What sites run, and how near that is to AWS's quotas. */
export function sizes(): string {
  const sites = Object.values(SITES);
  const rows = beside(sites, (site) => {
    const demand = demandOf(site);
    const looks = demand.routeApis * (LOOKS_PER_SECOND + demand.changesPerSecond);
    const peak = demand.lookUpsPerSecond * LOAD.peak;
    return [
      ["Sessions at once", number(demand.sessions)],
      ["Edge tasks of 10,000 sessions", number(demand.edges)],
      [`Hosts, ${demand.tasksOnHost} tasks each, 90 % full`, number(demand.hosts)],
      ["Look-ups a second: average", number(demand.lookUpsPerSecond)],
      [`the same in the busiest hour, of ${number(QUOTAS.tableReads)} units a table has`, number(peak)],
      ["Changes a second", number(demand.changesPerSecond)],
      ["Answers to long polls a second", number(demand.feedAnswersPerSecond)],
      ["Route APIs: half a core each, from 10 million accounts a core", number(demand.routeApis)],
      [
        `Their reads of the feeds a second, of ${number(QUOTAS.partitionReads)} a partition has`,
        `${number(looks)}: ${percent(looks / QUOTAS.partitionReads)}`,
      ],
    ];
  });
  return table(["Accounts", ...sites.map(({ accounts }) => number(accounts))], rows);
}

const BOUNDS = { memory: "memory", logins: "logins", return: "lost zone", zones: "one a zone" };

/** Hosts by instance type, from what was measured. */
export function hostsByType(): string {
  const sites = [SITES.medium, SITES.large, SITES.largest];
  const rows = planHosts(measuredFigures(), sites).map((plan) => [
    plan.type,
    number(plan.byMemory),
    number(plan.byLogins),
    ...plan.sites.map(
      ({ hosts, dollars, bound }) => `${number(hosts)} (${BOUNDS[bound]}): $${number(dollars)}`,
    ),
  ]);
  const heads = sites.map(({ accounts }) => `${number(accounts / 1e6)} million accounts`);
  return table(["Instance type", "Sessions a host, by memory", "by logins", ...heads], rows);
}

/** Delays and reads of the simulated feed. */
export async function feed(): Promise<string> {
  const rows: string[][] = [];
  for (const scale of SIMULATIONS) rows.push(feedRow(scale.changesPerSecond, await simulateFeed(scale)));
  return table(
    [
      "Changes a second",
      "Delay p50",
      "p99",
      "largest",
      "Read units a second",
      "Share of a partition",
      "Answers a second",
    ],
    rows,
  );
}

const feedRow = (changes: number, outcome: Outcome): string[] => [
  number(changes),
  ...[outcome.p50Ms, outcome.p99Ms, outcome.maxMs].map((ms) => `${Math.round(ms)} ms`),
  number(outcome.unitsPerSecond),
  percent(outcome.unitsPerSecond / QUOTAS.partitionReads),
  number(outcome.answersPerSecond),
];

/** What deployments cost a month. */
export function deploymentCosts(): string {
  const sites = [SITES.small, SITES.medium, SITES.large];
  const cell = ({ amount, dollars }: { amount: string; dollars: number }): string =>
    amount === "" ? number(dollars) : `${amount}: ${number(dollars)}`;
  const rows = beside(sites, (site) => {
    const lines = deploymentMonth(site);
    return [
      ...lines.map((line): [string, string] => [line.what, cell(line)]),
      ["**Together**", `**${number(total(lines))}**`],
      ...trafficMonth(site).map((line): [string, string] => [line.what, cell(line)]),
    ];
  });
  return table(["", ...sites.map(({ name, accounts }) => `${name}: ${number(accounts)} accounts`)], rows);
}

/** The pages' generated parts: which page, which part, and what writes it. */
export const PARTS: readonly { page: string; part: string; write: () => string | Promise<string> }[] = [
  { page: "capacity.md", part: "table", write: tableCosts },
  { page: "capacity.md", part: "sizes", write: sizes },
  { page: "capacity.md", part: "hosts", write: hostsByType },
  { page: "capacity.md", part: "feed", write: feed },
  { page: "deploy.md", part: "costs", write: deploymentCosts },
];

/** `text` with a part between its two markers replaced. Throws if it does not have one pair of them. */
export function withPart(text: string, part: string, content: string): string {
  const begin = `<!-- ${part}: begin, written by \`npm run capacity\` -->`;
  const end = `<!-- ${part}: end -->`;
  const [before, rest, ...more] = text.split(begin);
  const [old, after, ...ends] = rest?.split(end) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length + ends.length > 0)
    throw new Error(`the page must have one line ${begin} and below it one line ${end}`);
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}
