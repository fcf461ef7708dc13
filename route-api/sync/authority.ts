import { type Csns, csnsOf, hasSeen, joined, serverOf } from "../directory/csn.ts";
import type { AsOf } from "../directory/source.ts";
import type { Known } from "../store/store.ts";
import type { SyncNotes } from "./notes.ts";
import { isOlder } from "./version-order.ts";

/** The server that reports. */
interface Server {
  name: string;
  /** What it has reported, or had when it was connected to; undefined if it has no CSNs. */
  csns: Csns | undefined;
}

/** A server that lacks changes. */
export interface Behind {
  server: string;
  /** IDs of the servers that made them; none if the server has no CSNs, and a full read must show what it has. */
  sids: string[];
}

/**
 * Judges what a server reports against what the table has from all servers before it. A server that lacks changes the
 * table has may add what is newer; it can neither remove entries nor bring back removed ones.
 */
export interface Authority {
  /** A server was connected to. Gives what to note. */
  connected(name: string, csns: Csns | undefined): Partial<SyncNotes>;
  /** It has reported all changes up to these, and they are written. Gives what to note. */
  reported(csns: Csns): Partial<SyncNotes>;
  /** The server has applied all changes up to these. */
  applied(csns: Csns): void;
  /** The server lacks changes that the table has, or may lack them; undefined if it has them all. */
  readonly behind: Behind | undefined;
  /** The server has no CSNs, and is not the one that the table was read from: a full read must show that it is current. */
  readonly needsProof: boolean;
  /** It has been shown. Gives what to note. */
  proven(): Partial<SyncNotes>;
  /** Whether the entry with this version is not written. */
  refuses(version: string, known: Known, asOf: AsOf): boolean;
  /** Whether an entry that is gone, or unusable with the version `at`, stays as it is stored. */
  keeps(stored: string, asOf: AsOf, at?: string): boolean;
}

/** Goes by what was noted. With `accepts` the operator has approved the server as it is. */
export function authority(notes: () => SyncNotes, accepts: boolean): Authority {
  let server: Server | undefined;
  const known = (): Csns => csnsOf(notes().csns ?? []);
  const isOther = (): boolean => {
    const noted = notes().server;
    return server !== undefined && noted !== undefined && noted !== server.name;
  };
  const needsProof = (): boolean => server !== undefined && server.csns === undefined && isOther();
  const behind = (): Behind | undefined => {
    if (server === undefined) return undefined;
    const { name, csns } = server;
    if (csns === undefined) return needsProof() ? { server: name, sids: [] } : undefined;
    const sids = [...known()].flatMap(([sid, csn]) => (hasSeen(csns, csn) ? [] : [sid])).sort();
    return sids.length === 0 ? undefined : { server: name, sids };
  };
  const isCurrent = (): boolean => behind() === undefined;

  const applied = (csns: Csns): void => {
    if (server?.csns !== undefined) server.csns = joined(server.csns, csns);
  };

  /** Whether a server that had applied these changes knew this version. */
  const hasApplied = (csns: Csns, version: string): boolean => {
    const sid = serverOf(version);
    // Entries that were loaded from a file may bear the ID of a server of which no contextCSN tells.
    if (sid === undefined || !(csns.has(sid) || known().has(sid))) return isCurrent();
    return hasSeen(csns, version);
  };
  /** Whether the server knew this version when it reported. */
  const knew = (version: string, asOf: AsOf): boolean => {
    if (asOf === undefined) return false;
    return asOf.by === "arrival" ? isCurrent() : hasApplied(asOf.csns, version);
  };
  const mayAdd = (version: string): boolean =>
    isCurrent() ||
    server?.csns === undefined ||
    (serverOf(version) !== undefined && !hasSeen(known(), version));
  /** After a removal at `gone`: a server that did not know of it reports what it was before. */
  const isUndone = (version: string, gone: string, asOf: AsOf): boolean => {
    if (!isOlder(version, gone) && version !== gone) return false;
    return server?.csns === undefined ? !isCurrent() : !knew(gone, asOf);
  };

  return {
    connected(name, csns) {
      server = { name, csns };
      if (accepts) return { server: name, csns: csns && [...csns.values()] };
      const isNoted = notes().server !== undefined && csns === undefined;
      return isNoted || notes().server === name ? {} : { server: name };
    },
    reported(csns) {
      applied(csns);
      return { csns: [...joined(known(), csns).values()] };
    },
    applied,
    get behind() {
      return behind();
    },
    get needsProof() {
      return needsProof();
    },
    proven: () => (server === undefined ? {} : { server: server.name }),
    refuses(version, before, asOf) {
      switch (before.is) {
        case "stored":
          return isOlder(version, before.version) && !knew(before.version, asOf);
        case "removed":
          return isUndone(version, before.version, asOf) || !mayAdd(version);
        case "unknown":
          return !mayAdd(version);
        default:
          return before satisfies never;
      }
    },
    keeps(stored, asOf, at) {
      if (at !== undefined) return isOlder(at, stored) && !knew(stored, asOf);
      if (accepts) return false;
      return asOf?.by === "csns" ? !hasApplied(asOf.csns, stored) : !isCurrent();
    },
  };
}

/** The authority of a directory that overwrites everything. */
export const absoluteAuthority = (notes: () => SyncNotes): Authority => ({
  ...authority(notes, true),
  behind: undefined,
  needsProof: false,
  refuses: () => false,
  keeps: () => false,
});
