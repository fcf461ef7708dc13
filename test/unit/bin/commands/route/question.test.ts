import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instanceQuestion, plainQuestion } from "../../../../../bin/commands/route/question.ts";
import { Configuration } from "../../../../../bin/config/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "mmp-question-"));
writeFileSync(join(folder, "vdmap"), "# x\nvdmap acme 10.0.0.1\nacme:DefaultDomain acme.example\n");
const listeners = [{ protocol: "imap", port: 1143 }];
const configuration = Configuration.parse({
  instances: {
    plain: { listeners, defaultDomain: "example.com", domainDelimiters: "@+" },
    searching: { listeners, searchFormat: "(|(mail=%s)(uid=%U))" },
    virtual: { listeners, virtualDomainFile: join(folder, "vdmap") },
  },
});

test.each<[instance: string, login: string, domain: string | undefined, ask: object]>([
  ["plain", "Ann", undefined, { is: "login", login: "ann@example.com" }],
  ["plain", "ann+other.example", undefined, { is: "login", login: "ann@other.example" }],
  ["plain", "ann", "third.example", { is: "login", login: "ann@third.example" }],
  ["virtual", "ann", "acme", { is: "login", login: "ann@acme.example" }],
  ["virtual", "ann", undefined, { is: "login", login: "ann" }],
  [
    "searching",
    "ann@example.com",
    undefined,
    {
      is: "match",
      match: {
        any: [
          { attribute: "mail", value: "ann@example.com" },
          { attribute: "uid", value: "ann" },
        ],
      },
    },
  ],
])("%s asks for %s in %s", (instance, login, domain, ask) => {
  expect(instanceQuestion(configuration, instance, login, domain).ask).toMatchObject(ask);
});

test("an empty name and an unknown instance are named", () => {
  expect(() => plainQuestion(" ", undefined)).toThrow(/^the login name is empty$/);
  expect(() => instanceQuestion(configuration, "plain", "", undefined)).toThrow(/^the login name is empty$/);
  expect(() => instanceQuestion(configuration, "no", "ann", undefined)).toThrow(
    /^there is no instance no; the instances are: plain, searching, virtual$/,
  );
});
