import { setTimeout as pause } from "node:timers/promises";
import { FilterParser } from "ldapts";
import type { Logger } from "pino";
import type { LdapDirectory } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import { DirectoryError } from "./directory-error.ts";
import { ATTRIBUTE_SETTINGS, attributesToRead, withUuid } from "./entry.ts";
import { decodeCursor, scopeOf } from "./following/cursor.ts";
import { type DeltaOptions, deltaEvents } from "./following/delta.ts";
import { withFullReads } from "./following/full-reads.ts";
import { SYNCREPL_IDENTIFIERS } from "./following/identifier.ts";
import { syncreplEvents } from "./following/syncrepl.ts";
import { connectAndBind } from "./ldap/connection.ts";
import { contextOf, type RootDse, readRootDse } from "./ldap/root-dse.ts";
import { type Paging, REFERENCE, searchEntries } from "./ldap/search.ts";
import { type SearchQuery, takeOver, type Wire } from "./ldap/wire.ts";
import type { DirectoryEvent, DirectorySource } from "./source.ts";

type LdapMethod = "syncrepl" | "delta" | "compare";

/** An LDAP directory; changes are found by the best method the server supports, or the one that is configured. */
export function ldapDirectory(
  config: LdapDirectory,
  password: Secret | undefined,
  log: Logger,
): DirectorySource {
  let method: LdapMethod | undefined = config.sync === "auto" ? undefined : config.sync;
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
        const ordered = failedLast();
        let serving: string | undefined;
        try {
          yield* connected(ordered, password, signal, async function* (wire) {
            serving = wire.url;
            const rootDse = await readRootDse(wire, config.searchTimeoutSeconds * 1000);
            offered ??= config.sync === "auto" ? methodsOf(rootDse) : [config.sync];
            method = offered[0] ?? "compare";
            yield* eventsBy({ config: ordered, password, log, wire, rootDse, signal }, method, cursor);
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
async function* connected(
  config: LdapDirectory,
  password: Secret | undefined,
  signal: AbortSignal,
  work: (wire: Wire) => AsyncIterable<DirectoryEvent>,
): AsyncGenerator<DirectoryEvent> {
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

function eventsBy(
  context: Context,
  method: LdapMethod,
  cursor: string | undefined,
): AsyncIterable<DirectoryEvent> {
  const { config, log, wire, rootDse } = context;
  if (method === "compare") return compareEvents(context);
  const query = queryOf(config);
  // Attribute mappings belong to the scope: they turn the same entry into another route.
  const scope = scopeOf([method, query, ATTRIBUTE_SETTINGS.map((name) => config[name])]);
  const position = decodeCursor(scope, cursor);
  if (cursor !== undefined && position === undefined) {
    log.info("saved position is for other settings, or damaged; reading the whole directory");
  }
  const paging = pagingOf(config, rootDse);
  const common = {
    scope,
    position,
    closeLive: () => wire.close(),
    read: (signal: AbortSignal) => readAll(context, signal),
    log,
  };
  if (method === "delta") {
    const { uuidAttribute } = config;
    const { isActiveDirectory, highestUsn } = rootDse;
    const delta: DeltaOptions = {
      ...paging,
      wire,
      query,
      uuidAttribute,
      isActiveDirectory,
      highestUsn,
      everyMs: config.deltaSeconds * 1000,
    };
    const live = deltaEvents(delta, position?.mark);
    return withFullReads({ ...common, live, everyMs: config.compareSeconds * 1000 });
  }
  const live = syncreplEvents(
    {
      wire,
      query: { ...query, attributes: [...new Set([...query.attributes, ...SYNCREPL_IDENTIFIERS])] },
      uuidAttribute: config.uuidAttribute,
      context: contextOf(rootDse, config.base),
      probeMs: config.lagSeconds * 1000,
      silenceMs: paging.silenceMs,
      onRefused: (reason) => log.warn({ reason }, "sync cookie rejected; reading the whole directory"),
    },
    position?.mark,
  );
  return withFullReads({ ...common, live, everyMs: config.fullCompareSeconds * 1000 });
}

/** Reads everything every `compareSeconds`, each time on a new connection. */
async function* compareEvents(context: Context): AsyncGenerator<DirectoryEvent> {
  const { config, wire, rootDse, signal } = context;
  const readWith = (one: Wire) => entries(one, config, pagingOf(config, rootDse));
  yield { is: "refreshing" };
  yield* readWith(wire);
  yield { is: "refreshed" };
  wire.close();
  for (;;) {
    await pause(config.compareSeconds * 1000, undefined, { signal });
    yield { is: "refreshing" };
    yield* readAll(context, signal);
    yield { is: "refreshed" };
  }
}

/** Every entry, over a separate connection. */
const readAll = (
  { config, password, rootDse }: Context,
  signal: AbortSignal,
): AsyncGenerator<DirectoryEvent> =>
  connected(config, password, signal, (wire) => entries(wire, config, pagingOf(config, rootDse)));

async function* entries(wire: Wire, config: LdapDirectory, paging: Paging): AsyncGenerator<DirectoryEvent> {
  for await (const found of searchEntries(wire, queryOf(config), paging)) {
    if (found === REFERENCE) yield { is: "reference" };
    else yield { is: "entry", entry: withUuid(found, config.uuidAttribute) };
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
