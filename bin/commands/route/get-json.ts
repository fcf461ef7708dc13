import { get } from "node:http";
import { get as getTls } from "node:https";

/** Whom to trust over https, and what to present; PEM. */
export interface TlsFiles {
  /** In place of the system's CAs. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
}

/** Asks for JSON. Rejects if nothing answers within `timeoutMs`, or the answer is not JSON. */
export async function getJson(
  url: URL,
  headers: Record<string, string>,
  tls: TlsFiles,
  timeoutMs: number,
): Promise<{ status: number; body: unknown }> {
  const signal = AbortSignal.timeout(timeoutMs);
  const given = Object.fromEntries(Object.entries(tls).filter(([, pem]) => pem !== undefined));
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? getTls(url, { headers, ...given }) : get(url, { headers });
    signal.addEventListener("abort", () => request.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    request.once("error", reject);
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        try {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
          resolve({ status: response.statusCode ?? 0, body });
        } catch {
          reject(new Error("the answer is not JSON"));
        }
      });
    });
  });
}
