import { isBelow, normalDn } from "../../contract/distinguished-names.ts";
import { REFERENCE, searchEntries } from "./search.ts";
import { SYNC_REQUEST } from "./sync-controls.ts";
import type { Wire } from "./wire.ts";

/** What a server says about itself (RFC 4512, section 5.1). */
export interface RootDse {
  /** Supports content synchronization (RFC 4533). */
  canSync: boolean;
  /** Supports paged results (RFC 2696). */
  canPage: boolean;
  /** Active Directory orders changes by uSNChanged; it cannot search by modifyTimestamp. */
  isActiveDirectory: boolean;
  /** Active Directory: number of its latest change. */
  highestUsn: string | undefined;
  namingContexts: readonly string[];
  /** Name that the server gives itself, whatever address it was reached by; Active Directory has one. */
  name: string | undefined;
}

const PAGED_RESULTS = "1.2.840.113556.1.4.319";
const ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800";

/** Reads the root DSE; a server that hides it is assumed to support nothing optional. Throws DirectoryError. */
export async function readRootDse(wire: Wire, silenceMs: number): Promise<RootDse> {
  const query = {
    base: "",
    scope: "base" as const,
    filter: "(objectClass=*)",
    attributes: [
      "supportedControl",
      "supportedCapabilities",
      "namingContexts",
      "highestCommittedUSN",
      "dnsHostName",
    ],
  };
  const values = new Map<string, readonly string[]>();
  for await (const found of searchEntries(wire, query, { pageSize: undefined, silenceMs })) {
    if (found === REFERENCE) continue;
    for (const [name, list] of found.attributes) values.set(name, list.map(String));
  }
  const controls = values.get("supportedcontrol") ?? [];
  return {
    canSync: controls.includes(SYNC_REQUEST),
    canPage: controls.includes(PAGED_RESULTS),
    isActiveDirectory: values.get("supportedcapabilities")?.includes(ACTIVE_DIRECTORY) ?? false,
    highestUsn: values.get("highestcommittedusn")?.[0],
    namingContexts: values.get("namingcontexts") ?? [],
    name: values.get("dnshostname")?.[0],
  };
}

/** The naming context that holds the base; its entry has contextCSN. */
export function contextOf({ namingContexts }: RootDse, base: string): string {
  const normal = normalDn(base) ?? base.toLowerCase();
  return (
    namingContexts.find((context) => context !== "" && isBelow(normal, normalDn(context) ?? "?")) ?? base
  );
}
