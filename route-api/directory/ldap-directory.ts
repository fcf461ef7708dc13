import { setTimeout as pause } from "node:timers/promises";
import { FilterParser } from "ldapts";
import type { Logger } from "pino";
import type { LdapDirectory } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import { type Csns, covers } from "./csn.ts";
import { DirectoryError } from "./directory-error.ts";
import { ATTRIBUTE_SETTINGS, attributesToRead, type DirectoryEntry, withUuid } from "./entry.ts";
import { decodeCursor, scopeOf } from "./following/cursor.ts";
import { type DeltaOptions, deltaEvents } from "./following/delta.ts";
import { withFullReads } from "./following/full-reads.ts";
import { SYNCREPL_IDENTIFIERS } from "./following/identifier.ts";
import { syncreplEvents } from "./following/syncrepl.ts";
import { connectAndBind } from "./ldap/connection.ts";
import { readContextCsns } from "./ldap/context-csn.ts";
import { entriesAt } from "./ldap/entries-at.ts";
import { contextOf, type RootDse, readRootDse } from "./ldap/root-dse.ts";
import { type Paging, REFERENCE, searchEntries } from "./ldap/search.ts";
import { type SearchQuery, takeOver, type Wire } from "./ldap/wire.ts";
import type { AsOf, DirectoryEvent, DirectorySource } from "./source.ts";

type LdapMethod = "syncrepl" | "delta" | "compare";

/** An LDAP directory; changes are found by the best method the server supports, or the one that is configured. */
export function ldapDirectory(
  config: LdapDirectory,
  password: Secret | undefined,
  log: Logger,
): DirectorySource {
  let method: LdapMethod | undefined = config.sync === "auto" ? undefined : config.sync;
  /** The server in use. */
  let serving: string | undefined;
  /** The server that accepted the bind and then failed: others are tried before it. */
  let failed: string | undefined;
  const failedLast = (): LdapDirectory => ({
    ...config,
    url: config.url.toSorted((a, b) => Number(a === failed) - Number(b === failed)),
  });
  return {
    description: config.url.join(" "),
    get method() {
      return method;
    },
    async *events(cursor, signal) {
      let offered: readonly LdapMethod[] | undefined;
      for (;;) {
        serving = undefined;
        try {
          yield* connected(failedLast(), password, signal, async function* (wire) {
            serving = wire.url;
            const rootDse = await readRootDse(wire, config.searchTimeoutSeconds * 1000);
            offered ??= config.sync === "auto" ? methodsOf(rootDse) : [config.sync];
            method = offered[0] ?? "compare";
            // What follows is asked of this server alone: another one may be behind it.
            const only = { ...config, url: [wire.url] };
            yield* eventsBy({ config: only, password, log, wire, rootDse, signal }, method, cursor);
          });
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (!isUnsupported(error) || offered === undefined || offered.length < 2) {
            // A server that closed the connection may be back at once.
            if (error instanceof DirectoryError && error.code !== "closed") failed = serving ?? failed;
            throw error;
          }
          // slapd lists RFC 4533 in its root DSE if any of its databases supports it.
          log.info({ method }, "method not supported for this base; trying the next one");
          offered = offered.slice(1);
        }
      }
    },
    async find(sought, signal) {
      const only = { ...config, url: serving === undefined ? config.url : [serving] };
      const silenceMs = config.searchTimeoutSeconds * 1000;
      const found: DirectoryEntry[] = [];
      const search = (wire: Wire) =>
        entriesAt(wire, queryOf(only), only.uuidAttribute, sought, { silenceMs });
      for await (const entry of connected(only, password, signal, search)) found.push(entry);
      return found;
    },
  };
}

/** Methods that this server supports, best first. */
const methodsOf = ({ canSync, canPage }: RootDse): readonly LdapMethod[] => [
  ...(canSync ? (["syncrepl"] as const) : []),
  canPage ? "delta" : "compare",
];

const isUnsupported = (error: unknown): boolean =>
  error instanceof DirectoryError && error.code === "unsupported";

/** Runs `work` on a new connection, which is closed afterwards or at the signal. */
async function* connected<T>(
  config: LdapDirectory,
  password: Secret | undefined,
  signal: AbortSignal,
  work: (wire: Wire) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const wire = takeOver(await connectAndBind(config, password, signal));
  const close = (): void => wire.close();
  signal.addEventListener("abort", close, { once: true });
  try {
    yield* work(wire);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

interface Context {
  config: LdapDirectory;
  password: Secret | undefined;
  log: Logger;
  wire: Wire;
  rootDse: RootDse;
  signal: AbortSignal;
}

async function* eventsBy(
  context: Context,
  method: LdapMethod,
  cursor: string | undefined,
): AsyncGenerator<DirectoryEvent> {
  if (method === "compare") return yield* compareEvents(context);
  const { config, log, wire, rootDse } = context;
  const paging = pagingOf(config, rootDse);
  const base = contextOf(rootDse, config.base);
  const query = queryOf(config);
  const csns = await readContextCsns(wire, base, paging);
  const server = rootDse.name ?? wire.url;
  // Attribute mappings belong to the scope: they turn the same entry into another route. Cookies without CSNs are good
  // for one server only.
  const place = method === "syncrepl" && csns === undefined ? [server] : [];
  const scope = scopeOf([method, query, ATTRIBUTE_SETTINGS.map((name) => config[name]), ...place]);
  const position = decodeCursor(scope, cursor);
  if (cursor !== undefined && position === undefined) {
    log.info(
      "saved position is for other settings or another server, or damaged; reading the whole directory",
    );
  }
  yield { is: "connected", server, csns };
  const common = {
    scope,
    position,
    closeLive: () => wire.close(),
    read: (signal: AbortSignal, reported: Csns | undefined) => readAll(context, signal, reported),
    log,
  };
  if (method === "delta") {
    const { uuidAttribute } = config;
    const { isActiveDirectory, highestUsn } = rootDse;
    const delta: DeltaOptions = {
      ...paging,
      wire,
      server,
      query,
      uuidAttribute,
      isActiveDirectory,
      highestUsn,
      readCsns: async () => (csns === undefined ? undefined : readContextCsns(wire, base, paging)),
      everyMs: config.deltaSeconds * 1000,
    };
    const live = deltaEvents(delta, position?.mark);
    return yield* withFullReads({ ...common, live, everyMs: config.compareSeconds * 1000 });
  }
  const live = syncreplEvents(
    {
      wire,
      query: { ...query, attributes: [...new Set([...query.attributes, ...SYNCREPL_IDENTIFIERS])] },
      uuidAttribute: config.uuidAttribute,
      context: base,
      csns,
      probeMs: config.lagSeconds * 1000,
      silenceMs: paging.silenceMs,
      onRefused: (reason) => log.warn({ reason }, "sync cookie rejected; reading the whole directory"),
    },
    position?.mark,
  );
  yield* withFullReads({ ...common, live, everyMs: config.fullCompareSeconds * 1000 });
}

/** Reads everything every `compareSeconds`, each time on a new connection. */
async function* compareEvents(context: Context): AsyncGenerator<DirectoryEvent> {
  const { config, wire, rootDse, signal } = context;
  const once = async function* (one: Wire): AsyncGenerator<DirectoryEvent> {
    const csns = await readContextCsns(one, contextOf(rootDse, config.base), pagingOf(config, rootDse));
    yield { is: "connected", server: rootDse.name ?? one.url, csns };
    yield* fullRead(one, config, rootDse, csns);
    yield { is: "refreshed", csns };
  };
  yield* once(wire);
  wire.close();
  for (;;) {
    await pause(config.compareSeconds * 1000, undefined, { signal });
    yield* connected(context.config, context.password, signal, once);
  }
}

/** Every entry, over a separate connection to the same server; `reported` is what that one has reported already. */
const readAll = (
  { config, password, rootDse }: Context,
  signal: AbortSignal,
  reported: Csns | undefined,
): AsyncGenerator<DirectoryEvent> =>
  connected(config, password, signal, async function* (wire) {
    const csns = await readContextCsns(wire, contextOf(rootDse, config.base), pagingOf(config, rootDse));
    if (csns !== undefined && reported !== undefined && !covers(csns, reported)) {
      throw new DirectoryError("search", `${wire.url}: another server responds, which is behind`);
    }
    yield* fullRead(wire, config, rootDse, csns);
  });

async function* fullRead(
  wire: Wire,
  config: LdapDirectory,
  rootDse: RootDse,
  csns: Csns | undefined,
): AsyncGenerator<DirectoryEvent> {
  const asOf: AsOf = csns && { by: "csns", csns };
  yield { is: "refreshing", asOf };
  for await (const found of searchEntries(wire, queryOf(config), pagingOf(config, rootDse))) {
    if (found === REFERENCE) yield { is: "reference" };
    else yield { is: "entry", entry: withUuid(found, config.uuidAttribute), asOf };
  }
}

const queryOf = (config: LdapDirectory): SearchQuery => ({
  base: config.base,
  scope: "sub",
  // Normalized: the parser accepts missing parentheses, and delta embeds the filter in another one.
  filter: String(FilterParser.parseString(config.filter)),
  attributes: attributesToRead(config),
});

const pagingOf = ({ pageSize, searchTimeoutSeconds }: LdapDirectory, { canPage }: RootDse): Paging => ({
  pageSize: canPage ? pageSize : undefined,
  silenceMs: searchTimeoutSeconds * 1000,
});
