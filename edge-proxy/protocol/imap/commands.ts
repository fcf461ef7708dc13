import type { ClientId } from "../dialogue.ts";
import { type Octets, SecretOctets } from "../octets.ts";
import { Scanner, SyntaxFault } from "./scanner.ts";

/** What a client may say before login (RFC 9051 sections 6.1 and 6.2, RFC 2971). */
export type ImapCommand =
  | { name: "CAPABILITY" | "NOOP" | "LOGOUT" | "STARTTLS" }
  | { name: "ID"; fields: ClientId }
  | { name: "LOGIN"; user: Octets; password: SecretOctets }
  /** `initial` is the initial response in base64, empty where none was sent (RFC 4959). */
  | { name: "AUTHENTICATE"; mechanism: string; initial: Octets };

export type ParsedCommand =
  | { tag: Octets; command: ImapCommand }
  /** The tag is `*` where the client sent none that could be read; `fault` is what it is told. */
  | { tag: Octets; fault: string };

/**
 * Reads one command, literals included.
 *
 *     parseCommand('a LOGIN alice "my secret"')
 *     // { tag: "a", command: { name: "LOGIN", user: "alice", password: [secret] } }
 */
export function parseCommand(text: Octets): ParsedCommand {
  const scanner = new Scanner(text);
  const tag = scanner.tag();
  if (tag === undefined || !scanner.space()) return { tag: "*", fault: "Command needs a tag and a name" };
  const name = scanner.atom()?.toUpperCase() ?? "";
  const read = GRAMMAR.get(name);
  if (read === undefined) return { tag, fault: "Unknown command, or not allowed before login" };
  try {
    return { tag, command: read(scanner) };
  } catch (error) {
    if (error instanceof SyntaxFault) return { tag, fault: `Wrong arguments to ${name}` };
    throw error;
  }
}

/** Reads what follows the name of a command. */
type Grammar = (scanner: Scanner) => ImapCommand;

const GRAMMAR = new Map<string, Grammar>([
  ["CAPABILITY", withoutArguments("CAPABILITY")],
  ["NOOP", withoutArguments("NOOP")],
  ["LOGOUT", withoutArguments("LOGOUT")],
  ["STARTTLS", withoutArguments("STARTTLS")],
  ["ID", id],
  ["LOGIN", login],
  ["AUTHENTICATE", authenticate],
]);

function withoutArguments(name: "CAPABILITY" | "NOOP" | "LOGOUT" | "STARTTLS"): Grammar {
  return (scanner) => {
    scanner.expectEnd();
    return { name };
  };
}

/** id = "ID" SP id-params-list */
function id(scanner: Scanner): ImapCommand {
  scanner.expectSpace();
  const fields = scanner.expectIdFields();
  scanner.expectEnd();
  return { name: "ID", fields };
}

/** login = "LOGIN" SP userid SP password */
function login(scanner: Scanner): ImapCommand {
  scanner.expectSpace();
  const user = scanner.expectAstring();
  scanner.expectSpace();
  const password = scanner.expectAstring();
  scanner.expectEnd();
  return { name: "LOGIN", user, password: new SecretOctets(password) };
}

/** authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] */
function authenticate(scanner: Scanner): ImapCommand {
  scanner.expectSpace();
  const mechanism = scanner.expectAtom().toUpperCase();
  const initial = scanner.space() ? scanner.word() : "";
  scanner.expectEnd();
  return { name: "AUTHENTICATE", mechanism, initial };
}
