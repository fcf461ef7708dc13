import type { Fit } from "./except-list.ts";
import { isWithin, type Network, parseNetwork } from "./network.ts";
import { isShaped } from "./shape.ts";

/** A client as patterns see it. */
export interface PatternClient {
  address: string;
  /** Its host name, where reverse and forward DNS agree. */
  hostName?: string;
}

/** One member of a client list. */
export type ClientPattern =
  | { is: "all" }
  /** Needs the host name: LOCAL is one without a dot. */
  | { is: "local" | "known" | "unknown" | "spoofer" }
  | { is: "network"; network: Network }
  | { is: "address-text"; shape: string }
  | { is: "host-name"; shape: string };

const KEYWORDS = new Map<string, ClientPattern>([
  ["*", { is: "all" }],
  ["ALL", { is: "all" }],
  ["LOCAL", { is: "local" }],
  ["KNOWN", { is: "known" }],
  ["UNKNOWN", { is: "unknown" }],
  ["DNSSPOOFER", { is: "spoofer" }],
]);

/**
 * Reads a pattern: ALL, LOCAL, KNOWN, UNKNOWN, DNSSPOOFER, an address, the beginning of one (`10.1.`), a network
 * (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `fd00::/8`), a host name, a domain (`.example.com`), or either with `*` and `?`.
 * Undefined for anything else, net groups and `user@host` included.
 */
export function parseClientPattern(text: string): ClientPattern | undefined {
  const keyword = KEYWORDS.get(text.toUpperCase());
  if (keyword !== undefined) return keyword;
  const network = parseNetwork(text.replace(/^\[([^\]]*)\]/, "$1"));
  if (network !== undefined) return { is: "network", network };
  if (text.includes("/") || text.includes(":")) return undefined;
  if (/^(?:\d{1,3}\.){1,3}$/.test(text)) return { is: "address-text", shape: `${text}*` };
  if (/^[\d.*?]+$/.test(text)) {
    return /[*?]/.test(text) ? { is: "address-text", shape: text } : undefined;
  }
  if (!/^[\w.*?-]+$/.test(text)) return undefined;
  return { is: "host-name", shape: (text.startsWith(".") ? `*${text}` : text).toLowerCase() };
}

/** Whether a pattern is one of host names; without them it matches nobody for certain. */
export const needsHostName = (pattern: ClientPattern | undefined): boolean =>
  pattern !== undefined && ["host-name", "local", "known", "unknown", "spoofer"].includes(pattern.is);

export function fitClient(pattern: ClientPattern, { address, hostName }: PatternClient): Fit {
  switch (pattern.is) {
    case "all":
      return "yes";
    case "network":
      return said(isWithin(pattern.network, address));
    case "address-text":
      return said(isShaped(address, pattern.shape));
    case "host-name":
      return hostName === undefined ? "unknown" : said(isShaped(hostName.toLowerCase(), pattern.shape));
    case "local":
      return hostName === undefined ? "unknown" : said(!hostName.includes("."));
    case "known":
      return hostName === undefined ? "unknown" : "yes";
    case "unknown":
    case "spoofer":
      return hostName === undefined ? "unknown" : "no";
    default:
      return pattern satisfies never;
  }
}

const said = (fits: boolean): Fit => (fits ? "yes" : "no");
