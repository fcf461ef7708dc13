import { badInput, type Place, readAll } from "../finding.ts";
import type { InputFile } from "../input.ts";

/** A line `key:[user@]host[:port]`. */
export interface PopmapEntry {
  place: Place;
  /** The login name. */
  key: string;
  /** The name at the store, if it differs. */
  user?: string;
  host: string;
  port?: number;
}

const HOST = /^[A-Za-z0-9._-]{1,255}$/;
/** Ports that a popmap may name as /etc/services does. */
const PORT_NAMES: Record<string, number> = {
  imap: 143,
  imap2: 143,
  imaps: 993,
  pop3: 110,
  "pop-3": 110,
  pop3s: 995,
};

/** What a regular expression has and a login name, which may have a + or a $, does not. */
const REGULAR_EXPRESSION = /^\^|\$$|\.[*+?]|[()[\]|\\]/;

/**
 * Reads a popmap as makegdbm does. Maps of regular expressions are refused, because their users cannot be listed. Throws
 * a Failure with all lines that are wrong.
 */
export function parsePopmap({ path, text }: InputFile): PopmapEntry[] {
  const seen = new Map<string, number>();
  return readAll(text.split("\n"), (raw, index) => {
    const place = { file: path, line: index + 1 };
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return [];
    const entry = parseLine(line, place);
    const name = entry.key.toLowerCase();
    const earlier = seen.get(name);
    if (earlier !== undefined) throw badInput(place, `${entry.key} is already in line ${earlier}`);
    seen.set(name, place.line);
    return [entry];
  });
}

function parseLine(line: string, place: Place): PopmapEntry {
  const colon = line.indexOf(":");
  if (colon < 1) throw badInput(place, "expected user:host or user:name@host:port");
  const key = line.slice(0, colon).trim();
  if (REGULAR_EXPRESSION.test(key)) {
    throw badInput(place, `${key} is a regular expression; export the users that it matches instead`);
  }
  const target = line.slice(colon + 1).trim();
  const at = target.lastIndexOf("@");
  const [host = "", portText, ...more] = target.slice(at + 1).split(":");
  if (!HOST.test(host) || more.length > 0) throw badInput(place, `${JSON.stringify(target)} is not a host`);
  const port = portText === undefined ? undefined : portNumber(portText);
  if (portText !== undefined && port === undefined)
    throw badInput(place, `${JSON.stringify(portText)} is not a port`);
  return {
    place,
    key,
    ...(at > 0 ? { user: target.slice(0, at) } : {}),
    host,
    ...(port === undefined ? {} : { port }),
  };
}

function portNumber(text: string): number | undefined {
  const number = PORT_NAMES[text.toLowerCase()] ?? Number(text);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : undefined;
}
