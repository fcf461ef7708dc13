import { type Octets, SecretOctets } from "../octets.ts";

/** What a client may say before login (RFC 1939 sections 4 and 7, RFC 2449, RFC 2595, RFC 5034, RFC 6856). */
export type Pop3Command =
  | { name: "CAPA" | "NOOP" | "STLS" | "UTF8" | "QUIT" }
  /** `wanted` is a language tag; undefined asks for the list. */
  | { name: "LANG"; wanted: Octets | undefined }
  | { name: "USER"; user: Octets }
  | { name: "PASS"; password: SecretOctets }
  /** `mechanism` undefined asks for the list. `initial` is the initial response in base64, empty where none was sent. */
  | { name: "AUTH"; mechanism: string | undefined; initial: Octets };

/** A command, or what the client is told is wrong with it. */
export type ParsedCommand = { command: Pop3Command } | { fault: string };

/**
 * Reads one command line, without its CRLF.
 *
 *     parseCommand("USER alice")   // { command: { name: "USER", user: "alice" } }
 */
export function parseCommand(line: Octets): ParsedCommand {
  const [, name = "", argument] = /^([A-Za-z0-9]+)(?: (.*))?$/s.exec(line) ?? [];
  const upper = name.toUpperCase();
  // A password may end in spaces; anything else has them from clients that put too many.
  if (upper === "PASS") return pass(argument);
  return GRAMMAR.get(upper)?.(argument?.replace(/ +$/, "") ?? "") ?? UNKNOWN;
}

const UNKNOWN: ParsedCommand = { fault: "Unknown command, or not allowed before login" };

/** Reads a command's argument, empty where there is none. */
type Grammar = (argument: Octets) => ParsedCommand;

const GRAMMAR = new Map<string, Grammar>([
  ["CAPA", ignoresArgument("CAPA")],
  ["NOOP", ignoresArgument("NOOP")],
  ["STLS", ignoresArgument("STLS")],
  ["UTF8", ignoresArgument("UTF8")],
  ["QUIT", ignoresArgument("QUIT")],
  ["LANG", (wanted) => ({ command: { name: "LANG", wanted: wanted === "" ? undefined : wanted } })],
  ["USER", (user) => (user === "" ? { fault: "USER needs a name" } : { command: { name: "USER", user } })],
  ["AUTH", auth],
]);

/** The password is what follows the first space, and may be empty. */
function pass(password: Octets | undefined): ParsedCommand {
  if (password === undefined) return { fault: "PASS needs a password" };
  return { command: { name: "PASS", password: new SecretOctets(password) } };
}

function ignoresArgument(name: "CAPA" | "NOOP" | "STLS" | "UTF8" | "QUIT"): Grammar {
  return () => ({ command: { name } });
}

/** "AUTH" [SP mechanism [SP initial-response]] (RFC 5034 section 4). Without a mechanism it is RFC 1734's older form of CAPA. */
function auth(argument: Octets): ParsedCommand {
  if (argument === "") return { command: { name: "AUTH", mechanism: undefined, initial: "" } };
  const [, mechanism = "", initial = ""] = /^([^ ]+)(?: (.*))?$/s.exec(argument) ?? [];
  return { command: { name: "AUTH", mechanism: mechanism.toUpperCase(), initial } };
}
