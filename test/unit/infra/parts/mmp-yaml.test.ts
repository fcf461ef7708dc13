import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfiguration } from "../../../../bin/config/load.ts";
import { fetchSecrets } from "../../../../bin/secret-files/fetch.ts";
import { SecretManifest } from "../../../../bin/secret-files/manifest.ts";
import { writeFiles } from "../../../../bin/secret-files/write.ts";
import { edgeParts } from "../../../../infra/parts/edge-parts.ts";
import { documentSecret, manifestOf } from "../../../../infra/parts/manifest.ts";
import { PARTS, type Part } from "../../../../infra/parts/mmp-yaml.ts";
import { makeCertificate } from "../../../support/workspace.ts";
import { deployment } from "../support.ts";

const { config, documents } = deployment();
const folder = mkdtempSync(join(tmpdir(), "mmp-documents-"));
let pair: string;

beforeAll(async () => {
  const { certFile, keyFile } = await makeCertificate(folder);
  pair = JSON.stringify({ certificate: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What runs in a task: the secrets that the manifest names, as files. */
async function installed(part: Part): Promise<string> {
  const manifest = SecretManifest.parse(manifestOf(part, config, documents[part], (name) => name));
  const { secrets, failures } = await fetchSecrets(manifest, async (secret) => {
    if (secret === documentSecret(part)) return JSON.stringify(documents[part]);
    return secret.startsWith("tls") ? pair : `value of ${secret}`;
  });
  const at = join(folder, part);
  mkdirSync(at, { recursive: true });
  expect(failures).toEqual([]);
  writeFiles(at, secrets);
  return join(at, "mmp.yaml");
}

describe.each(PARTS)("mmp.yaml of %s", (part) => {
  test("is right, to mmp itself, with the files that the manifest brings", async () => {
    const file = await installed(part);
    expect(parseConfiguration(file, readFileSync(file, "utf8"))).toMatchObject({ ok: true });
  });
});

describe("what a part is told", () => {
  const secretsOf = (part: Part): string[] => [
    ...new Set(manifestOf(part, config, documents[part], (name) => name).map(({ secret }) => secret)),
  ];
  test.each([
    ["edge", ["configuration-edge", "tls", "tls-acme", "store-admin", "token-edge"]],
    ["routeApi", ["configuration-route-api", "token-edge", "token-helpdesk"]],
    ["sync", ["configuration-sync", "directory-bind"]],
  ] as const)("%s has its own secrets alone", (part, secrets) => {
    expect(secretsOf(part)).toEqual(secrets);
  });

  test("gives the edge no directory, and the route API no password of it", () => {
    expect(documents.edge["mmp.yaml"]).not.toContain("ldap.example.com");
    expect(documents.routeApi["mmp.yaml"]).toContain("ldaps://ldap.example.com");
    expect(documents.routeApi["mmp.yaml"]).not.toMatch(/bindDn|bindPasswordFile/);
  });

  test("has the route API take the token before, the current and the next", () => {
    const stages = manifestOf("routeApi", config, documents.routeApi, (name) => name)
      .filter(({ secret }) => secret === "token-edge")
      .map(({ stage }) => stage ?? "AWSCURRENT");
    expect(stages).toEqual(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]);
  });

  test("trusts PROXY headers of the VPC's, where the listener names nobody", () => {
    expect(documents.edge["mmp.yaml"]).toMatch(
      /proxyProtocol: v2\n\s+trustedProxies:\n\s+- 10\.40\.0\.0\/16/,
    );
  });
});

describe("the edge's services", () => {
  const parts = (count: number) => {
    const ports = Array.from({ length: count }, (_, index) => 1000 + index);
    return edgeParts(
      deployment((c) => {
        c.instances.main.listeners = ports.map((port) => ({ protocol: "imap", port, tls: "starttls" }));
        c.loadBalancers.main.listeners = ports.map((port) => ({ port, instance: "main", to: port }));
      }).config,
    ).map(({ name, targets }) => [name, targets.length]);
  };
  test.each([
    [
      5,
      [
        ["main", 5],
        ["acme", 2],
      ],
    ],
    [
      6,
      [
        ["main-1", 5],
        ["main-2", 1],
        ["acme", 2],
      ],
    ],
    [
      11,
      [
        ["main-1", 5],
        ["main-2", 5],
        ["main-3", 1],
        ["acme", 2],
      ],
    ],
  ])("%i ports of an instance", (count, expected) => expect(parts(count)).toEqual(expected));

  test("never parts the balancers that lead to one port", () => {
    const { config: two } = deployment((c) => {
      c.loadBalancers.other = {
        listeners: [
          { port: 143, instance: "main", to: 1143 },
          { port: 993, instance: "main", to: 1993 },
        ],
      };
    });
    expect(
      edgeParts(two).map(({ targets }) => targets.map(({ balancer, port }) => `${balancer}:${port}`)),
    ).toEqual([
      ["main:143", "other:143", "main:993", "other:993", "main:110"],
      ["main:995"],
      ["acme:143", "acme:993"],
    ]);
  });
});
