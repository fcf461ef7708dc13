import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** AWS Secrets Manager as far as mmp asks it: GetSecretValue over its JSON protocol. */
export interface SecretsManagerDouble {
  url: string;
  /** Value by `name` or, of another version than the current one, `name AWSPREVIOUS`. */
  values: Map<string, string>;
  /** What was asked for, in the same words. */
  asked: string[];
  close(): Promise<void>;
}

export async function secretsManagerDouble(): Promise<SecretsManagerDouble> {
  const values = new Map<string, string>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      const { SecretId, VersionStage } = JSON.parse(body) as { SecretId: string; VersionStage: string };
      const key = VersionStage === "AWSCURRENT" ? SecretId : `${SecretId} ${VersionStage}`;
      asked.push(key);
      const value = values.get(key);
      response.setHeader("Content-Type", "application/x-amz-json-1.1");
      if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue")
        response.writeHead(400).end("{}");
      else if (value === undefined)
        response.writeHead(400).end(JSON.stringify({ __type: "ResourceNotFoundException", message: "none" }));
      else response.end(JSON.stringify({ ARN: SecretId, Name: SecretId, SecretString: value }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    values,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
