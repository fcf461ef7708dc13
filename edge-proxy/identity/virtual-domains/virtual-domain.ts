import type { AccessRules } from "../../guard/access-rules.ts";
import type { SecretOctets } from "../../protocol/octets.ts";
import type { ReplayFormat } from "../replay-format.ts";
import type { SearchFormat } from "../search-format.ts";
import type { ServerPlace } from "./server-place.ts";

/** A domain of its own at one address of the server. */
export interface VirtualDomain {
  /** Joins the lines of the file; also what logs and cache keys call it. */
  readonly name: string;
  /** Of its vdmap directive. */
  readonly line: number;
  readonly place: ServerPlace;
  readonly overrides: Overrides;
}

/** What of the instance's settings is another for the domain. */
export interface Overrides {
  /** In lower case; empty: nothing is appended. */
  defaultDomain?: string;
  /** Characters of which each divides user and domain. */
  delimiters?: string;
  canonicalDelimiter?: string;
  searchFormat?: SearchFormat;
  replayFormat?: ReplayFormat;
  preAuth?: boolean;
  /** Pre-authentications that are remembered; 0: none. */
  authCacheEntries?: number;
  authCacheSeconds?: number;
  /** Routes that are kept; 0: none. */
  routeCacheEntries?: number;
  /** How long a route is used without asking again. */
  routeCacheSeconds?: number;
  /** Path as written: relative to the file's folder. */
  certmapFile?: string;
  allowPlaintextLogin?: boolean;
  /** Either part may be set alone: the other is the instance's. */
  storeAdminUser?: string;
  storeAdminPassword?: SecretOctets;
  /** Who may connect at all. */
  access?: AccessRules;
}
