import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deployment } from "../unit/infra/support.ts";
import { ofType, synthesised } from "./synthesise.ts";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
/** The example's stacks, with the one that comes at the cut-over. */
const cutOver = await synthesised((c) => {
  c.loadBalancers.main.record = "create";
});
const stacks = Object.keys(cutOver.templates);

test("docs/deploy.md names stacks as the CDK's command line does", () => {
  const named = [...page.matchAll(/cdk (?:deploy|diff|destroy) ((?:[a-z][\w-]* ?)+)/g)].flatMap(([, names]) =>
    String(names).trim().split(" "),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(stacks).toEqual(expect.arrayContaining(named));
});

test("docs/deploy.md lists every stack, and no other", () => {
  const listed = [...page.matchAll(/^\| (`mmp-.*?) \|/gm)].flatMap(([, names]) =>
    [...String(names).matchAll(/`mmp-([\w-]+)`/g)].map(([, name]) => name),
  );
  expect(listed.sort()).toEqual(stacks.sort());
});

test("docs/deploy.md says what to do at every alarm, and lists no other", () => {
  const table = page.slice(page.indexOf("## Alarms"), page.indexOf("## A second region"));
  const listed = [...table.matchAll(/^\| (`[^|]*?`) \|/gm)].flatMap(([, names]) =>
    [...String(names).matchAll(/`([\w-]+?)(?:-…)?`/g)].map(([, name]) => name),
  );
  const alarms = ofType(cutOver.templates.observability, "AWS::CloudWatch::Alarm").map(({ AlarmName }) =>
    String(AlarmName).replace(/^mmp-(\w+).*/, "$1"),
  );
  expect(listed.sort()).toEqual([...new Set(alarms)].sort());
});

test("docs/deploy.md pushes the image that the example's configuration names", () => {
  const { image } = deployment().config;
  const name = "repository" in image ? `${image.repository}:${image.tag}` : image.uri;
  expect([...page.matchAll(/buildah push .*\/([\w-]+:\w+)"/g)].map(([, pushed]) => pushed)).toEqual([name]);
});
