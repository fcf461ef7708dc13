import { setTimeout as pause } from "node:timers/promises";
import { FilterParser } from "ldapts";
import type { Logger } from "pino";
import type { LdapDirectory } from "../config/directory.ts";
import type { Secret } from "../contract/secret.ts";
import { DirectoryError } from "./directory-error.ts";
import { ATTRIBUTE_SETTINGS, attributesToRead } from "./entry.ts";
import { decodeCursor, scopeOf } from "./following/cursor.ts";
import { type DeltaOptions, followDelta } from "./following/delta.ts";
import { withFullReadings } from "./following/full-reading.ts";
import { followSyncrepl } from "./following/syncrepl.ts";
import { connectAndBind } from "./ldap/connection.ts";
import { contextOf, type RootDse, readRootDse } from "./ldap/root-dse.ts";
import { type Paging, searchEntries } from "./ldap/search.ts";
import { type SearchQuery, takeOver, type Wire } from "./ldap/wire.ts";
import { named } from "./named-entry.ts";
import type { DirectoryEvent, DirectorySource } from "./source.ts";

type LdapMethod = "syncrepl" | "delta" | "compare";

/** A directory behind LDAP, followed as well as its server can, or as the configuration says. */
export function ldapDirectory(
  config: LdapDirectory,
  password: Secret | undefined,
  log: Logger,
): DirectorySource {
  let method: LdapMethod | undefined = config.sync === "auto" ? undefined : config.sync;
  /** The server that last took the bind and then could not serve: another may do. */
  let poor: string | undefined;
  const poorLast = (): LdapDirectory => ({
    ...config,
    url: config.url.toSorted((a, b) => Number(a === poor) - Number(b === poor)),
  });
  return {
    description: config.url.join(" "),
    get method() {
      return method;
    },
    async *follow(cursor, signal) {
      let offered: readonly LdapMethod[] | undefined;
      for (;;) {
        const ordered = poorLast();
        let serving: string | undefined;
        try {
          yield* connected(ordered, password, signal, async function* (wire) {
            serving = wire.url;
            const rootDse = await readRootDse(wire, config.searchTimeoutSeconds * 1000);
            offered ??= config.sync === "auto" ? methodsOf(rootDse) : [config.sync];
            method = offered[0] ?? "compare";
            yield* follow({ config: ordered, password, log, wire, rootDse, signal }, method, cursor);
          });
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (!isUnsupported(error) || offered === undefined || offered.length < 2) {
            // One that hangs up may be back at once.
            if (error instanceof DirectoryError && error.code !== "closed") poor = serving ?? poor;
            throw error;
          }
          // slapd names RFC 4533 in its root DSE once any of its databases has it.
          log.info({ method }, "the server does not offer this for the base");
          offered = offered.slice(1);
        }
      }
    },
  };
}

/** Ways to follow this server, best first. */
const methodsOf = ({ canSync, canPage }: RootDse): readonly LdapMethod[] => [
  ...(canSync ? (["syncrepl"] as const) : []),
  canPage ? "delta" : "compare",
];

const isUnsupported = (error: unknown): boolean =>
  error instanceof DirectoryError && error.code === "unsupported";

/** Connects, and closes the connection at the end of what is done with it, or at the signal. */
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

function follow(
  context: Context,
  method: LdapMethod,
  cursor: string | undefined,
): AsyncIterable<DirectoryEvent> {
  const { config, log, wire, rootDse } = context;
  if (method === "compare") return followCompare(context);
  const query = queryOf(config);
  // What attributes mean counts too: an entry that is the same may become another route.
  const scope = scopeOf([method, query, ATTRIBUTE_SETTINGS.map((name) => config[name])]);
  const position = decodeCursor(scope, cursor);
  if (cursor !== undefined && position === undefined) {
    log.info("the cursor was made for other settings, or is damaged: everything is read");
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
    const live = followDelta(delta, position?.mark);
    return withFullReadings({ ...common, live, everyMs: config.compareSeconds * 1000 });
  }
  const live = followSyncrepl(
    {
      wire,
      query,
      context: contextOf(rootDse, config.base),
      probeMs: config.lagSeconds * 1000,
      silenceMs: paging.silenceMs,
      onRefused: (reason) => log.warn({ reason }, "the cookie is of no use: everything is read"),
    },
    position?.mark,
  );
  return withFullReadings({ ...common, live, everyMs: config.fullCompareSeconds * 1000 });
}

/** Reads everything again and again; a connection lasts for one reading. */
async function* followCompare(context: Context): AsyncGenerator<DirectoryEvent> {
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

/** Every entry, over a connection of its own. */
const readAll = (
  { config, password, rootDse }: Context,
  signal: AbortSignal,
): AsyncGenerator<DirectoryEvent> =>
  connected(config, password, signal, (wire) => entries(wire, config, pagingOf(config, rootDse)));

async function* entries(wire: Wire, config: LdapDirectory, paging: Paging): AsyncGenerator<DirectoryEvent> {
  for await (const entry of searchEntries(wire, queryOf(config), paging)) {
    yield { is: "entry", entry: named(entry, config.uuidAttribute) };
  }
}

const queryOf = (config: LdapDirectory): SearchQuery => ({
  base: config.base,
  scope: "sub",
  // Put right: the parser lets parentheses be left out, and delta puts the filter into another.
  filter: String(FilterParser.parseString(config.filter)),
  attributes: attributesToRead(config),
});

const pagingOf = ({ pageSize, searchTimeoutSeconds }: LdapDirectory, { canPage }: RootDse): Paging => ({
  pageSize: canPage ? pageSize : undefined,
  silenceMs: searchTimeoutSeconds * 1000,
});
