import { request } from "node:http";
import { request as requestTls } from "node:https";

/** Whom to trust over https, and what to present; PEM. */
export interface TlsFiles {
  /** In place of the system's CAs. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** A request: a GET, or with a body a POST of JSON. */
export interface JsonRequest {
  url: URL;
  headers: Record<string, string>;
  body?: object;
}

/** Asks for JSON. Rejects if nothing answers within `timeoutMs`, or the answer is not JSON. */
export async function askJson(
  { url, headers, body }: JsonRequest,
  tls: TlsFiles,
  timeoutMs: number,
): Promise<{ status: number; body: unknown }> {
  const signal = AbortSignal.timeout(timeoutMs);
  const given = Object.fromEntries(Object.entries(tls).filter(([, pem]) => pem !== undefined));
  return new Promise((resolve, reject) => {
    const options = {
      method: body === undefined ? "GET" : "POST",
      headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    };
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
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
