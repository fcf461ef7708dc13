import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { synthesised } from "./synthesise.ts";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
const stacks = Object.keys((await synthesised()).templates);

test("docs/deploy.md names stacks as the CDK's command line does", () => {
  const named = [...page.matchAll(/cdk (?:deploy|diff|destroy) ([a-z][\w-]*)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(stacks).toEqual(expect.arrayContaining(named));
});

test("docs/deploy.md lists every stack, and no other", () => {
  const listed = [...page.matchAll(/`mmp-([\w-]+)`/g)].map(([, name]) => name);
  expect(new Set(listed)).toEqual(new Set(stacks));
});
