import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { makeFolder } from "../../support/workspace.ts";

const MONITORING = fileURLToPath(new URL("../../../docs/monitoring/", import.meta.url));
const PAGE = new URL("../../../docs/metrics.md", import.meta.url);
/** As bin/prepare.mjs brings it. */
const PROMTOOL = fileURLToPath(new URL("../../.cache/tools/promtool", import.meta.url));

const read = (name: string): string => readFileSync(join(MONITORING, name), "utf8");
const rules = (parse(read("alerts.yaml")) as { groups: { rules: { alert: string }[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { tests } = parse(read("alerts.test.yaml")) as {
  tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
};
const expected = tests.flatMap(({ alert_rule_test: expectations }) => expectations);

describe("the alert rules", () => {
  test.each(rules.map(({ alert }) => alert))("%s is raised once, and once not", (name) => {
    const own = expected.filter(({ alertname }) => alertname === name);
    expect(own.some(({ exp_alerts: raised }) => raised.length > 0)).toBe(true);
    expect(own.some(({ exp_alerts: raised }) => raised.length === 0)).toBe(true);
  });

  describe.skipIf(!existsSync(PROMTOOL))("as promtool sees them", () => {
    const promtool = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd: MONITORING, encoding: "utf8" });
      return { status, output: stdout + stderr };
    };

    test("are valid", () => {
      expect(promtool("check", "rules", "alerts.yaml")).toMatchObject({ status: 0 });
    });

    test("raise the alerts that their tests expect", () => {
      expect(promtool("test", "rules", "alerts.test.yaml")).toMatchObject({ status: 0 });
    });

    test("fit the page's configuration of Prometheus", () => {
      const folder = makeFolder("prometheus").path;
      const file = join(folder, "prometheus.yml");
      writeFileSync(join(folder, "alerts.yaml"), read("alerts.yaml"));
      const [, example = ""] = /```yaml\n(rule_files:.*?)```/s.exec(readFileSync(PAGE, "utf8")) ?? [];
      expect(example).toContain("honor_labels: true");
      writeFileSync(file, example);
      expect(promtool("check", "config", file)).toMatchObject({ status: 0 });
    });
  });
});
