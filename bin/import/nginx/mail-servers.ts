import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { badInput, type Place } from "../finding.ts";
import type { Directive } from "./tokens.ts";

/** A `server` of the mail block, with what it inherits. */
export interface MailServer {
  place: Place;
  protocol: Protocol | "smtp";
  directives: Directive[];
}

const PROTOCOL_OF_PORT: Record<string, MailServer["protocol"]> = {
  143: "imap",
  993: "imap",
  110: "pop3",
  995: "pop3",
  25: "smtp",
  465: "smtp",
  587: "smtp",
};

/** The servers of all mail blocks. A server's own directive overrides those of the same name around it. */
export function mailServers(top: readonly Directive[], file: string): MailServer[] {
  const mails = top.filter(({ name }) => name === "mail");
  if (mails.length === 0) throw badInput({ file, line: 1 }, "has no mail block");
  return mails.flatMap(({ block = [] }) => {
    const outer = block.filter(({ name }) => name !== "server");
    return block
      .filter(({ name }) => name === "server")
      .map(({ place, block: inner = [] }) => {
        const own = new Set(inner.map(({ name }) => name));
        const directives = [...outer.filter(({ name }) => !own.has(name)), ...inner];
        return { place, protocol: protocolOf(place, directives), directives };
      });
  });
}

function protocolOf(place: Place, directives: readonly Directive[]): MailServer["protocol"] {
  const given = directives.find(({ name }) => name === "protocol");
  const [value = ""] = given?.args ?? [];
  if (value === "imap" || value === "pop3" || value === "smtp") return value;
  if (given !== undefined) throw badInput(given.place, `protocol must be imap, pop3 or smtp, not ${value}`);
  const listen = directives.find(({ name }) => name === "listen");
  const port = /(\d+)$/.exec(listen?.args[0] ?? "")?.[1] ?? "";
  const guess = PROTOCOL_OF_PORT[port];
  if (guess === undefined)
    throw badInput(place, "the server has no protocol, and its port does not imply one");
  return guess;
}
