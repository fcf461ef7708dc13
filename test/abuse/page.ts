import { ATTACKS } from "./attacks.ts";

interface Span {
  logins: number;
  failed: number;
  p99Ms: number;
}

/** Logins of good users, and the connections that the attackers had at its end. */
interface Cost {
  quiet: Span;
  under: Span;
  open: number;
}

/** What attacks cost, by the attack's name and who was attacked. */
export type Measured = Record<string, Partial<Record<string, Cost>>>;

/** The 99th percentile under attack may be so many times that in quiet. */
const MOST_RATIO = 3;

const BEGIN = "<!-- Attacks: written by `npm run abuse -- --write` -->\n";
const END = "\n<!-- end -->";

/** The page with another table in the place of the old one. */
export function withTable(page: string, measured: Measured): string {
  const [before = "", rest = ""] = page.split(BEGIN);
  const end = rest.indexOf(END);
  const table = [
    "| Attack | The edge: p99 in quiet → under attack | Failed | nginx mail | Failed |",
    "| --- | --- | ---: | --- | ---: |",
    ...ATTACKS.map(({ name, open, perSecond }) => {
      const much = open > 0 ? `${open} open` : `${perSecond} a second`;
      return `| ${[`${name} (${much})`, ...cells(open, measured[name]?.mmp), ...cells(open, measured[name]?.nginx)].join(" | ")} |`;
    }),
  ].join("\n");
  return `${before}${BEGIN}${table}${rest.slice(end)}`;
}

/** The attacks that the table of a page has. */
export const attacksOf = (page: string): string[] =>
  (page.split(BEGIN)[1]?.split(END)[0] ?? "")
    .split("\n")
    .slice(2)
    .map((line) => (line.split("|")[1] ?? "").replace(/ \([^)]*\) $/, "").trim());

function cells(wanted: number, one: Cost | undefined): string[] {
  if (one === undefined) return ["not run", ""];
  const { quiet, under, open } = one;
  // Some come and go at any moment.
  const held = open < wanted * 0.95 ? `, ${open} held` : "";
  const ratio = (under.p99Ms / Math.max(1, quiet.p99Ms)).toFixed(1);
  return [`${quiet.p99Ms} ms → ${under.p99Ms} ms (× ${ratio})${held}`, `${under.failed} of ${under.logins}`];
}

/** What good users would notice of an attack on the edge, in words. */
export const tooSlow = (measured: Measured): string[] =>
  Object.entries(measured).flatMap(([name, { mmp }]) => {
    if (mmp === undefined) return [];
    const { quiet, under } = mmp;
    return [
      ...(under.p99Ms <= MOST_RATIO * quiet.p99Ms
        ? []
        : [`${name}: logins took ${under.p99Ms} ms, in quiet ${quiet.p99Ms} ms`]),
      ...(under.failed === 0 ? [] : [`${name}: ${under.failed} logins of good users failed`]),
    ];
  });
