import { readFileSync } from "node:fs";
import {
  type BerReader,
  BerWriter,
  Client,
  Control,
  type Entry,
  InvalidCredentialsError,
  NoSuchObjectError,
  ResultCodeError,
} from "ldapts";
import type { DirectoryConfig } from "../config.ts";
import type { Secret } from "../contract.ts";
import { DirectoryError, type DirectoryErrorCode } from "./directory-error.ts";
import type { DirectoryEntry } from "./entry.ts";

export type LdapConfig = Extract<DirectoryConfig, { url: string }>;

/** Tags of BER. */
const OCTET_STRING = 4;

/**
 * Simple paged results (RFC 2696). ldapts' own paging ends at an empty page that still carries a cookie,
 * and would take the rest of the directory for deleted.
 */
class PageControl extends Control {
  static readonly oid = "1.2.840.113556.1.4.319";
  cookie: Buffer = Buffer.alloc(0);
  readonly #size: number;

  constructor(size: number) {
    super(PageControl.oid, { critical: true });
    this.#size = size;
  }

  override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeInt(this.#size);
    value.writeBuffer(this.cookie, OCTET_STRING);
    value.endSequence();
    writer.writeBuffer(value.buffer, OCTET_STRING);
  }

  override parseControl(reader: BerReader): void {
    reader.readSequence();
    reader.readInt();
    this.cookie = reader.readString(OCTET_STRING, true) ?? Buffer.alloc(0);
  }
}

/** Reads all entries that the filter matches, page by page: never more than a page is in memory. Throws DirectoryError. */
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
    const page = new PageControl(config.pageSize);
    do {
      const { searchEntries } = await attempt("search", () =>
        client.search(
          config.base,
          { scope: "sub", filter: config.filter, attributes: attributesOf(config) },
          page,
        ),
      );
      for (const entry of searchEntries) yield directoryEntry(entry);
    } while (page.cookie.length > 0);
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
