import type { AccessRules } from "../../guard/access-rules.ts";
import type { SecretOctets } from "../../protocol/octets.ts";
import type { ReplayFormat } from "../replay-format.ts";
import type { SearchFormat } from "../search-format.ts";
import type { ServerPlace } from "./server-place.ts";

/** A domain that is served at one address of the server. */
export interface VirtualDomain {
  /** Connects the lines of the file; also its name in logs and cache keys. */
  readonly name: string;
  /** Of its vdmap directive. */
  readonly line: number;
  readonly place: ServerPlace;
  readonly overrides: Overrides;
}

/** The instance's settings that the domain overrides. */
export interface Overrides {
  /** In lower case; empty: nothing is appended. */
  defaultDomain?: string;
  /** Characters that may separate user and domain. */
  delimiters?: string;
  canonicalDelimiter?: string;
  searchFormat?: SearchFormat;
  replayFormat?: ReplayFormat;
  preAuth?: boolean;
  /** Pre-authentications to cache; 0: none. */
  authCacheEntries?: number;
  authCacheSeconds?: number;
  /** Routes to cache; 0: none. */
  routeCacheEntries?: number;
  /** How long a cached route is used. */
  routeCacheSeconds?: number;
  /** Path as written, relative to the file's folder. */
  certmapFile?: string;
  /** CAs of the domain's own clients, and their revocation lists; paths as `certmapFile`. */
  clientCaFile?: string;
  clientCrlFile?: string;
  allowPlaintextLogin?: boolean;
  /** Either part may be set alone: the other is the instance's. */
  storeAdminUser?: string;
  storeAdminPassword?: SecretOctets;
  /** Who may connect at all. */
  access?: AccessRules;
}
