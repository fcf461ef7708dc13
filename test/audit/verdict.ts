import { z } from "zod";

const Advisory = z.object({ url: z.string(), title: z.string(), severity: z.string() });

/** What `npm audit --json` prints, if the registry answers; else a message. */
const Report = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), Advisory])) })),
});
const Failure = z.object({ message: z.string() });

export interface Verdict {
  ok: boolean;
  /** For the reader of the run. */
  lines: string[];
}

/**
 * Judges what `npm audit` printed: every advisory about a package that is shipped must be in `explained`, by the last
 * part of its URL, with the reason why it does no harm. A registry that does not answer proves nothing either way, so
 * that a run without it passes, and says so.
 */
export function verdictOn(output: string, explained: Readonly<Record<string, string>>): Verdict {
  const printed = parseJson(output);
  const report = Report.safeParse(printed);
  if (!report.success) {
    const why = Failure.safeParse(printed).data?.message ?? "it printed no report";
    return { ok: true, lines: [`npm audit: not checked, the registry did not answer: ${why}`] };
  }
  const advisories = new Map(
    Object.entries(report.data.vulnerabilities).flatMap(([name, { via }]) =>
      via.flatMap((each) => (typeof each === "string" ? [] : [[idOf(each.url), { name, ...each }] as const])),
    ),
  );
  const open = [...advisories].filter(([id]) => explained[id] === undefined);
  const stale = Object.keys(explained).filter((id) => !advisories.has(id));
  return {
    ok: open.length === 0 && stale.length === 0,
    lines: [
      ...open.map(
        ([, { name, severity, title, url }]) => `npm audit: ${name}: ${severity}: ${title} (${url})`,
      ),
      ...stale.map((id) => `npm audit: ${id} is explained, but no package has it any more`),
      `npm audit: ${advisories.size} advisories about packages that are shipped, ${open.length} not explained`,
    ],
  };
}

const idOf = (url: string): string => url.split("/").at(-1) ?? url;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
