import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { type Child, start } from "../../support/child.ts";
import { type ScriptedApi, scriptedApi, scriptedRoutes } from "../../support/scripted-api.ts";
import { type SecretsManagerDouble, secretsManagerDouble } from "../../support/secrets-manager-double.ts";
import { RUNTIMES, type RuntimeName } from "../../support/site.ts";
import { imapLogin, type ScriptedStore, scriptedStore } from "../../support/stores/scripted-store.ts";
import { freePort, makeCertificate, makeFolder } from "../../support/workspace.ts";

const ALICE = "alice@example.com";
const MANIFEST = [
  { secret: "mmp/edge-configuration", files: { "mmp.yaml": "mmp.yaml" } },
  { secret: "mmp/tls", files: { certificate: "tls/tls.crt", key: "tls/tls.key" } },
  { secret: "mmp/edge-token", files: { "": "tokens/edge" } },
];

let store: ScriptedStore;
let api: ScriptedApi;
let folder: { path: string; remove(): void };
const routes = scriptedRoutes();

beforeAll(async () => {
  folder = makeFolder("rotation");
  store = await scriptedStore(imapLogin((socket, text) => socket.write(`${text.split(" ")[0]} OK done\r\n`)));
  routes.set(ALICE, { mailHost: ["store1"] });
  api = await scriptedApi(routes);
});
afterAll(async () => {
  await Promise.all([api?.stop(), store?.close()]);
  folder?.remove();
});

describe.each(["bun", "node"] satisfies RuntimeName[])("secrets of the edge on %s", (runtime) => {
  let secrets: SecretsManagerDouble;
  let edge: Child;
  let port: number;

  const certificate = async (name: string): Promise<string> => {
    const path = join(folder.path, runtime, name);
    mkdirSync(path, { recursive: true });
    const { certFile, keyFile } = await makeCertificate(path, [name]);
    return JSON.stringify({
      certificate: readFileSync(certFile, "utf8"),
      key: readFileSync(keyFile, "utf8"),
    });
  };
  const configuration = (banner: string): string =>
    JSON.stringify({
      "mmp.yaml": stringify({
        routeStore: { dynamodb: { table: "mmp-routes" } },
        directory: { url: "ldap://localhost", base: "cn=none" },
        routeApi: { url: api.url, tokenFile: "tokens/edge" },
        stores: { store1: { address: "127.0.0.1", imap: { port: store.port, tls: "none" } } },
        edge: { warmUpLogins: 0 },
        instances: {
          main: {
            banner,
            listeners: [{ protocol: "imap", address: "127.0.0.1", port, tls: "implicit" }],
            tls: { certificates: [{ certFile: "tls/tls.crt", keyFile: "./tls/tls.key" }] },
          },
        },
      }),
    });

  beforeAll(async () => {
    port = await freePort();
    secrets = await secretsManagerDouble();
    secrets.values
      .set("mmp/tls", await certificate("first.test"))
      .set("mmp/edge-token", "a-token")
      .set("mmp/edge-configuration", configuration("First"));
    edge = start("env", [
      `MMP_SECRETS=${JSON.stringify(MANIFEST)}`,
      "MMP_SECRETS_SECONDS=0.2",
      "MMP_METRICS_NAMESPACE=mmp",
      `MMP_CONFIG=${join(folder.path, runtime, "run", "mmp.yaml")}`,
      `AWS_ENDPOINT_URL_SECRETS_MANAGER=${secrets.url}`,
      "AWS_REGION=eu-central-1",
      "AWS_ACCESS_KEY_ID=x",
      "AWS_SECRET_ACCESS_KEY=x",
      ...RUNTIMES[runtime],
      ...["edge", "--instance", "main", "--drain-seconds", "0.1"],
    ]);
    await edge.line((line) => line.includes('"listening"'));
  });
  afterAll(async () => {
    await edge?.stop("SIGKILL");
    await secrets?.close();
  });

  test("rotates a certificate and the configuration while a session lives on", async () => {
    const old = await client(port);
    expect(await old.say(`a LOGIN ${ALICE} x`)).toContain("a OK");
    expect(old.name).toBe("first.test");

    secrets.values
      .set("mmp/tls", await certificate("second.test"))
      .set("mmp/edge-configuration", configuration("Second"));
    await edge.line((line) => line.includes('"configuration reloaded"'));
    const fresh = await client(port);
    expect([fresh.name, fresh.greeting]).toEqual(["second.test", expect.stringContaining("Second")]);
    expect(await old.say("b NOOP")).toContain("b OK");
    for (const each of [old, fresh]) each.socket.destroy();
  });

  test("keeps what it has where a new value is unusable or missing", async () => {
    secrets.values.set("mmp/tls", JSON.stringify({ certificate: "rubbish", key: "rubbish" }));
    await edge.line((line) => line.includes("secret mmp/tls cannot be used"));
    // The others are refreshed all the same.
    secrets.values.set("mmp/edge-token", "another-token");
    await edge.line((line) => line.includes('"files":["tokens/edge"]'));
    secrets.values.delete("mmp/edge-token");
    const line = await edge.line((text) => text.includes("mmp/edge-token"));
    expect(line).toContain("secret mmp/edge-token has no value yet");
    const still = await client(port);
    expect(still.name).toBe("second.test");
    still.socket.destroy();
  });

  test("tells sessions and the certificate's days as CloudWatch's metrics", () => {
    const line = edge.lines.find((text) => text.includes('"_aws"'));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: "mmp", Dimensions: [["Instance"]] }] },
      Instance: "main",
      Sessions: 0,
      FeedAge: expect.any(Number),
      CertificateDaysLeft: expect.closeTo(1, 1),
    });
  });

  test("puts no secret into the log", () => {
    expect(edge.lines.join("\n")).not.toMatch(/PRIVATE KEY|a-token|another-token/);
  });
});

interface Client {
  socket: TLSSocket;
  name: string;
  greeting: string;
  say(line: string): Promise<string>;
}

async function client(port: number): Promise<Client> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  socket.setEncoding("latin1");
  const next = (): Promise<string> =>
    new Promise((resolve, reject) => {
      socket.once("data", (text: string) => resolve(String(text)));
      socket.once("error", reject);
    });
  const greeting = await next();
  return {
    socket,
    greeting,
    name: String(socket.getPeerCertificate().subject.CN),
    say: (line) => {
      const answer = next();
      socket.write(`${line}\r\n`);
      return answer;
    },
  };
}
