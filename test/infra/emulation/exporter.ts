import { once } from "node:events";
import { createServer } from "node:http";
import Module, { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { EMULATED_REGION } from "./emulator.ts";

export interface ExportEvent {
  CertificateArn: string;
  SecretId: string;
}

/** What CloudFormation calls a custom resource with; answers arrive in `received`. */
interface Answers {
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  received: object[];
}

type Handler = (event: object) => Promise<void>;
type Json = Record<string, unknown>;

/** Calls an operation of AWS by its JSON protocol. */
export async function call(endpoint: string, service: string, target: string, input: object): Promise<Json> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/${EMULATED_REGION}/${service}/aws4_request, SignedHeaders=host, Signature=x`,
    },
    body: JSON.stringify(input),
  });
  const output = (await response.json()) as Json;
  if (!response.ok) throw new Error(String(output.message ?? output.__type));
  return output;
}

/** The SDK's client of ACM is part of Lambda's runtime, and of none of our packages: this one calls the same operation. */
const acmOf = (endpoint: string) => ({
  ACMClient: class {
    send({ input }: { input: { CertificateArn: string; Passphrase: Buffer } }) {
      const Passphrase = input.Passphrase.toString("base64");
      return call(endpoint, "acm", "CertificateManager.ExportCertificate", { ...input, Passphrase });
    }
  },
  ExportCertificateCommand: class {
    readonly input: object;
    constructor(input: object) {
      this.input = input;
    }
  },
});

type Loader = typeof Module & { _load(name: string, ...rest: unknown[]): unknown };

/** The function that keeps secrets as fresh as certificates, and a place for its answers to CloudFormation. */
export async function exporter(
  endpoint: string,
): Promise<{ handler: Handler; answers: Answers; stop(): void }> {
  const loader = Module as Loader;
  const load = loader._load;
  const require = createRequire(import.meta.url);
  const path = require.resolve("../../../infra/functions/export-certificate.cjs");
  delete require.cache[path];
  loader._load = (name, ...rest) =>
    name === "@aws-sdk/client-acm" ? acmOf(endpoint) : load.call(Module, name, ...rest);
  const { handler } = require(path) as { handler: Handler };
  loader._load = load;

  const received: object[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    received.push(JSON.parse(text) as object);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const answers = {
    ResponseURL: `http://127.0.0.1:${port}/`,
    StackId: "stack",
    RequestId: "request",
    LogicalResourceId: "Export",
    received,
  };
  return { handler, answers, stop: () => void server.close() };
}
