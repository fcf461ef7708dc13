import { readFileSync } from "node:fs";
import { Client, type Entry, InvalidCredentialsError, NoSuchObjectError, ResultCodeError } from "ldapts";
import type { DirectoryConfig } from "../config.ts";
import type { Secret } from "../contract.ts";
import { DirectoryError, type DirectoryErrorCode } from "./directory-error.ts";
import type { DirectoryEntry } from "./entry.ts";

export type LdapConfig = Extract<DirectoryConfig, { url: string }>;

/** Reads all entries that the filter matches, page by page. Throws DirectoryError. */
export async function* readLdap(
  config: LdapConfig,
  bindPassword: Secret | undefined,
): AsyncGenerator<DirectoryEntry> {
  const client = new Client({
    url: config.url,
    connectTimeout: config.connectTimeoutSeconds * 1000,
    timeout: config.searchTimeoutSeconds * 1000,
    ...(config.url.startsWith("ldaps:") ? { tlsOptions: tlsOptions(config) } : {}),
  });
  const attempt = async <T>(code: DirectoryErrorCode, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw directoryError(code, config, error);
    }
  };
  try {
    if (config.startTls) await attempt("tls", () => client.startTLS(tlsOptions(config)));
    await attempt("bind", () => client.bind(config.bindDn, bindPassword?.reveal() ?? ""));
    // Simple paged results (RFC 2696): a page is the most that is in memory.
    const pages = client.searchPaginated(config.base, {
      scope: "sub",
      filter: config.filter,
      attributes: attributesOf(config),
      paged: { pageSize: config.pageSize },
    });
    for (;;) {
      const page = await attempt("search", () => pages.next());
      if (page.done === true) break;
      for (const entry of page.value.searchEntries) yield directoryEntry(entry);
    }
  } finally {
    await client.unbind().catch(() => {
      // The connection is going away in any case.
    });
  }
}

const attributesOf = (config: LdapConfig): string[] => [
  ...new Set([
    ...config.loginAttributes,
    ...config.accountAttributes,
    ...config.mailHostAttributes,
    config.uuidAttribute,
    "entryCSN",
    "modifyTimestamp",
  ]),
];

const tlsOptions = ({ caFile }: LdapConfig) => ({
  minVersion: "TLSv1.2" as const,
  ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
});

function directoryEntry({ dn, ...values }: Entry): DirectoryEntry {
  const attributes = new Map<string, string[]>();
  for (const [name, value] of Object.entries(values)) {
    const list = Array.isArray(value) ? value : [value];
    attributes.set(name.toLowerCase(), list.map(String));
  }
  return { dn, attributes };
}

/** Names the place and the cause; a code of the server's says more than the step that met it. */
function directoryError(
  step: DirectoryErrorCode,
  { url, base, bindDn }: LdapConfig,
  error: unknown,
): DirectoryError {
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof InvalidCredentialsError) {
    return new DirectoryError("bind", `${url}: ${bindDn} cannot bind: wrong name or password`, {
      cause: error,
    });
  }
  if (error instanceof NoSuchObjectError) {
    return new DirectoryError("no-such-base", `${url}: there is no ${base}`, { cause: error });
  }
  const code = step === "bind" && !(error instanceof ResultCodeError) ? "connect" : step;
  return new DirectoryError(code, `${url}: ${detail}`, { cause: error });
}
