import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfiguration } from "../../../../bin/config/load.ts";
import { fetchConfiguration } from "../../../../bin/secret-files/fetch.ts";
import { writeFiles } from "../../../../bin/secret-files/write.ts";
import { makeCertificate } from "../../../support/workspace.ts";
import { type Change, deployment } from "../support.ts";

const { parts } = deployment();
const folder = mkdtempSync(join(tmpdir(), "mmp-parts-"));
let pair: string;

beforeAll(async () => {
  const { certFile, keyFile } = await makeCertificate(folder);
  pair = JSON.stringify({ certificate: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What runs in a task: the part's configuration, and the secrets that it lists, as files. */
async function installed(part: string): Promise<string> {
  const { secrets, failures } = await fetchConfiguration("configuration", async (secret) => {
    if (secret === "configuration") return JSON.stringify(parts[part as "sync"]);
    return secret.startsWith("mmp/tls") ? pair : `value of ${secret}`;
  });
  expect(failures).toEqual([]);
  const at = join(folder, part);
  mkdirSync(at, { recursive: true });
  writeFiles(at, secrets);
  return join(at, "mmp.yaml");
}

describe.each(Object.keys(parts))("the configuration of %s", (part) => {
  test("is right, to mmp itself, with the files that its secrets bring", async () => {
    const file = await installed(part);
    expect(parseConfiguration(file, readFileSync(file, "utf8"))).toMatchObject({ ok: true });
  });
});

describe("each part", () => {
  const secretsOf = (part: string, of = parts): string[] => [
    ...new Set(of[part as "sync"].secrets.map(({ secret }) => secret)),
  ];
  const yamlOf = (part: string, of = parts): string => of[part as "sync"].files["mmp.yaml"] ?? "";

  test.each([
    ["edge-main", ["mmp/tls", "mmp/store-admin", "mmp/token-edge"]],
    ["edge-acme", ["mmp/tls-acme", "mmp/token-edge"]],
    ["route-api", ["mmp/token-edge", "mmp/token-helpdesk"]],
    ["sync", ["mmp/directory-bind"]],
  ] as const)("%s has its own secrets alone", (part, secrets) => {
    expect(secretsOf(part)).toEqual(secrets);
  });

  test("has no more of the directory than it needs", () => {
    expect(yamlOf("edge-main")).not.toContain("ldap.example.com");
    expect(yamlOf("route-api")).toContain("ldaps://ldap.example.com");
    expect(yamlOf("route-api")).not.toMatch(/bindDn|bindPasswordFile/);
  });

  test("of the edge has one instance", () => {
    expect(yamlOf("edge-main")).not.toMatch(/acme/);
    expect(yamlOf("edge-acme")).not.toMatch(/secrets\/tls\.crt|mmpstore/);
  });

  test("keeps its configuration while another instance changes", () => {
    const { parts: changed } = deployment((c) => {
      c.secrets["tls-acme-2"] = { files: { certificate: "secrets/acme2.crt", key: "secrets/acme2.key" } };
      c.instances.acme.tls.certificates.push({
        certFile: "secrets/acme2.crt",
        keyFile: "secrets/acme2.key",
      });
    });
    for (const part of ["edge-main", "route-api", "sync"] as const)
      expect(changed[part]).toEqual(parts[part]);
    expect(secretsOf("edge-acme", changed)).toContain("mmp/tls-acme-2");
  });

  test("finds an existing secret by its ARN", () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
    const { parts: there } = deployment((c) => {
      c.secrets.tls.arn = arn;
    });
    expect(secretsOf("edge-main", there)).toContain(arn);
  });

  test("gets the files that its files name, and those that nothing names if it is an edge", () => {
    const { parts: mapped } = deployment(
      (c) => {
        c.files = ["vdmap", "certmap.conf", "spoof.txt"];
        c.instances.acme.virtualDomainFile = "./vdmap";
        c.secrets.more = { file: "more.conf" };
      },
      {
        vdmap: "vdmap a 10.0.0.1\na:CertMapFile certmap.conf\na:CertMapFile ./more.conf\n",
        "certmap.conf": "certmap x default\n",
        "spoof.txt": "gone",
      },
    );
    const files = (part: string) => Object.keys(mapped[part as "sync"].files);
    expect(files("edge-acme")).toEqual([
      "mmp.yaml",
      "vdmap",
      "certmap.conf",
      "spoof.txt",
      "amazon-root-cas.pem",
    ]);
    expect(files("edge-main")).toEqual(["mmp.yaml", "spoof.txt", "amazon-root-cas.pem"]);
    expect(files("sync")).toEqual(["mmp.yaml"]);
    expect(secretsOf("edge-acme", mapped)).toContain("mmp/more");
    expect(secretsOf("edge-main", mapped)).not.toContain("mmp/more");
  });

  test("gets a secret that only another secret names where it is listed for it", () => {
    const { parts: listed } = deployment((c) => {
      c.secrets.hidden = { file: "hidden.conf", instances: ["acme"] };
    });
    expect(secretsOf("edge-acme", listed)).toContain("mmp/hidden");
    expect(secretsOf("edge-main", listed)).not.toContain("mmp/hidden");
  });

  test("of the edge saves routes where there is a host that keeps them", () => {
    expect(yamlOf("edge-main")).toContain("snapshotFile: /var/lib/mmp/routes\n");
    const fargate = deployment((c) => {
      c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
    });
    expect(yamlOf("edge-main", fargate.parts)).not.toContain("snapshotFile");
  });

  test("of the edge trusts PROXY headers of its load balancers' subnets alone, where the listener names nobody", () => {
    expect(yamlOf("edge-acme")).toMatch(
      /proxyProtocol: v2\n\s+trustedProxies:\n\s+- 10\.40\.0\.0\/24\n\s+- 10\.40\.1\.0\/24\n(?!\s+- )/,
    );
    const { parts: internal } = deployment((c) => {
      c.loadBalancers.acme.scheme = "internal";
    });
    expect(yamlOf("edge-acme", internal)).toMatch(
      /trustedProxies:\n\s+- 10\.40\.16\.0\/20\n\s+- 10\.40\.32\.0\/20\n(?!\s+- )/,
    );
  });
});

describe("edges trust for the route API", () => {
  const CERTIFICATE =
    "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222-3333-4444-555555555555";
  const edge = (change?: Change, files?: Record<string, string>) => {
    const given = deployment(change, files).parts["edge-main"]?.files ?? {};
    const { routeApi } = parse(given["mmp.yaml"] ?? "") as { routeApi: { caFile?: string } };
    return { caFile: routeApi.caFile, pem: given[routeApi.caFile ?? ""] };
  };

  test("the roots of Amazon Trust Services alone, under which ACM issues its certificate", () => {
    const { pem = "" } = edge();
    const roots = pem.split(/(?=-----BEGIN)/).map((text) => new X509Certificate(text));
    expect(roots.map(({ subject }) => /CN=(.*)$/.exec(subject)?.[1]).sort()).toEqual([
      "Amazon Root CA 1",
      "Amazon Root CA 2",
      "Amazon Root CA 3",
      "Amazon Root CA 4",
      "Starfield Services Root Certificate Authority - G2",
    ]);
    const known = new Set(rootCertificates.map((text) => new X509Certificate(text).fingerprint256));
    for (const root of roots) expect(known).toContain(root.fingerprint256);
  });

  test("the operator's CA, if the configuration names it", () => {
    const change: Change = (c) => {
      c.files = ["ca.pem"];
      Object.assign(c.routeApi, { certificate: CERTIFICATE, caFile: "ca.pem" });
    };
    expect(edge(change, { "ca.pem": "the CA" })).toEqual({ caFile: "ca.pem", pem: "the CA" });
  });

  test("the system's CAs, if it names a certificate and no CA", () => {
    const { caFile } = edge((c) => {
      c.routeApi.certificate = CERTIFICATE;
    });
    expect(caFile).toBeUndefined();
  });
});

test("the route API takes the token before, the current and the next", () => {
  const stages = parts["route-api"].secrets
    .filter(({ secret }) => secret === "mmp/token-edge")
    .map(({ stage }) => stage);
  expect(stages).toEqual(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]);
});
