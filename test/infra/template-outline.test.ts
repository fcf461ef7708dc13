import { expect, test } from "vitest";
import { synthesised } from "./synthesise.ts";

test("the example makes these resources, in stacks that need each other in one direction", async () => {
  const { assembly, templates } = await synthesised();
  const { stacks } = assembly;
  const lines = stacks.map(({ id, stackName, dependencies }) => {
    const needs = dependencies.flatMap((one) => (one.id in templates ? [one.id] : [])).sort();
    const counts = Map.groupBy(Object.values(templates[id] ?? {}), ({ Type }) => Type.replace("AWS::", ""));
    const resources = [...counts].map(([type, all]) => `  ${all.length} ${type}`).sort();
    return [`${stackName}${needs.length === 0 ? "" : ` behind ${needs.join(", ")}`}`, ...resources].join(
      "\n",
    );
  });
  expect(lines.join("\n")).toMatchSnapshot();
});
