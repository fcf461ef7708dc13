import { request } from "node:http";
import { request as requestTls } from "node:https";

/** Whom to trust over https, and what to present; PEM. */
export interface TlsFiles {
  /** In place of the system's CAs. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** A request, and what it sends as JSON: a GET, or with a body a POST, unless it says otherwise. */
export interface JsonRequest {
  url: URL;
  method?: "GET" | "POST" | "DELETE";
  headers?: Record<string, string>;
  body?: unknown;
}

export interface JsonAnswer {
  status: number;
  body: unknown;
}

/** Asks for JSON. Rejects if nothing answers within `timeoutMs`, or the answer is not JSON. */
export async function askJson(
  { url, headers = {}, body, method = body === undefined ? "GET" : "POST" }: JsonRequest,
  tls: TlsFiles,
  timeoutMs: number,
): Promise<JsonAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const given = Object.fromEntries(Object.entries(tls).filter(([, pem]) => pem !== undefined));
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const content =
      text === undefined
        ? {}
        : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(text)) };
    const options = { method, headers: { ...headers, ...content } };
    const asked =
      url.protocol === "https:" ? requestTls(url, { ...options, ...given }) : request(url, options);
    signal.addEventListener("abort", () => asked.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    asked.once("error", reject);
    asked.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        try {
          const said: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          resolve({ status: response.statusCode ?? 0, body: said });
        } catch {
          reject(new Error("the answer is not JSON"));
        }
      });
    });
    asked.end(text);
  });
}
