import { expect, test } from "vitest";
import { verdictOn } from "../audit/verdict.ts";

const advisory = (id: string) => ({
  source: 1,
  name: "hono",
  title: "Reads too much",
  severity: "high",
  url: `https://github.com/advisories/${id}`,
});
/** hono has the advisories; what depends on it is affected by way of it. */
const report = (...ids: string[]): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities:
      ids.length === 0 ? {} : { hono: { via: ids.map(advisory) }, "@hono/node-server": { via: ["hono"] } },
  });

test.each([
  ["no advisory", report(), {}, true, "0 advisories about packages that are shipped, 0 not explained"],
  ["one", report("GHSA-1"), {}, false, "hono: high: Reads too much (https://github.com/advisories/GHSA-1)"],
  [
    "one that is explained",
    report("GHSA-1"),
    { "GHSA-1": "not used" },
    true,
    "1 advisories about packages that are shipped, 0 not explained",
  ],
  ["two, one explained", report("GHSA-1", "GHSA-2"), { "GHSA-1": "not used" }, false, "GHSA-2"],
  [
    "an explanation of nothing",
    report(),
    { "GHSA-1": "not used" },
    false,
    "GHSA-1 is explained, but no package",
  ],
  [
    "a registry without audits",
    '{"message":"405 Method Not Allowed"}',
    {},
    true,
    "did not answer: 405 Method",
  ],
  ["no answer", "", {}, true, "not checked, the registry did not answer"],
  ["rubbish", "<html>", {}, true, "not checked"],
])("%s", (_what, output, explained, ok, line) => {
  const verdict = verdictOn(output, explained);
  expect(verdict.ok).toBe(ok);
  expect(verdict.lines.some((each) => each.includes(line))).toBe(true);
});
