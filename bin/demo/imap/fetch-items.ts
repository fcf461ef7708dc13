import type { Message } from "../mailbox.ts";
import { field, headerFields, type Part, parsePart } from "./mime.ts";

/** A FETCH item that a demo store does not know. */
export class UnknownItem extends Error {}

const MACROS: Record<string, string> = {
  ALL: "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE",
  FAST: "FLAGS INTERNALDATE RFC822.SIZE",
  FULL: "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY",
};

const ITEM = /[A-Za-z0-9.]+(?:\[[^\]]*\])?(?:<\d+\.\d+>)?/g;

/** The items of a FETCH argument, with macros expanded (RFC 9051 section 6.4.5; RFC 3501 for RFC822.*). */
export function parseItems(argument: string): string[] {
  const inner = argument.replace(/^\((.*)\)$/s, "$1").trim();
  const text = MACROS[inner.toUpperCase()] ?? inner;
  const items = text.match(ITEM) ?? [];
  if (items.length === 0 || items.join("") !== text.replace(/\s+(?![^[]*\])/g, ""))
    throw new UnknownItem(argument);
  return items;
}

/** One item's name and value in the response; a body section without PEEK sets \Seen. */
export function fetchItem(message: Message, item: string): string {
  const upper = item.toUpperCase();
  switch (upper) {
    case "UID":
      return `UID ${message.uid}`;
    case "FLAGS":
      return `FLAGS (${[...message.flags].join(" ")})`;
    case "INTERNALDATE":
      return `INTERNALDATE "${internalDate(message.internalDate)}"`;
    case "RFC822.SIZE":
      return `RFC822.SIZE ${message.text.length}`;
    case "ENVELOPE":
      return `ENVELOPE ${envelope(parsePart(message.text).header)}`;
    case "BODY":
    case "BODYSTRUCTURE":
      return `${upper} ${bodyStructure(parsePart(message.text))}`;
    case "RFC822":
      message.flags.add("\\Seen");
      return `RFC822 ${literal(message.text)}`;
    case "RFC822.TEXT":
      message.flags.add("\\Seen");
      return `RFC822.TEXT ${literal(parsePart(message.text).body)}`;
    case "RFC822.HEADER":
      return `RFC822.HEADER ${literal(parsePart(message.text).header)}`;
    default:
      return fetchSection(message, item);
  }
}

function fetchSection(message: Message, item: string): string {
  const match = /^BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?$/i.exec(item);
  if (match === null) throw new UnknownItem(item);
  const [, peek, section = "", offset, count] = match;
  if (peek === undefined) message.flags.add("\\Seen");
  const whole = sectionText(message.text, section.trim());
  const name = `BODY[${section.toUpperCase()}]`;
  if (offset === undefined) return `${name} ${literal(whole)}`;
  return `${name}<${offset}> ${literal(whole.slice(Number(offset), Number(offset) + Number(count)))}`;
}

function sectionText(text: string, section: string): string {
  const [, numbers = "", rest = ""] = /^((?:\d+\.?)*)(.*)$/s.exec(section) ?? [];
  let part = parsePart(text);
  for (const number of numbers.split(".").filter((digits) => digits !== "")) {
    const inner = part.parts[Number(number) - 1];
    // A message with a single part is its own part 1.
    if (inner === undefined && (part.parts.length > 0 || number !== "1")) return "";
    part = inner ?? part;
  }
  const [, name = "", list = ""] = /^([A-Z.]*)\s*(?:\((.*)\))?$/is.exec(rest) ?? [];
  const fields = list.toUpperCase().split(/\s+/);
  switch (name.toUpperCase()) {
    case "":
      return numbers === "" ? text : part.body;
    case "HEADER":
    case "MIME":
      return part.header;
    case "TEXT":
      return part.body;
    case "HEADER.FIELDS":
      return headerFields(part.header, (field) => fields.includes(field));
    case "HEADER.FIELDS.NOT":
      return headerFields(part.header, (field) => !fields.includes(field));
    default:
      throw new UnknownItem(section);
  }
}

const literal = (text: string): string => `{${text.length}}\r\n${text}`;

const string = (text: string | undefined): string =>
  text === undefined ? "NIL" : /["\\\r\n]|[^\x20-\x7e]/.test(text) ? literal(text) : `"${text}"`;

function envelope(header: string): string {
  const from = addresses(field(header, "from"));
  const list = ["sender", "reply-to"].map((name) => addresses(field(header, name) ?? field(header, "from")));
  const others = ["to", "cc", "bcc"].map((name) => addresses(field(header, name)));
  const subject = string(field(header, "subject"));
  const ids = ["in-reply-to", "message-id"].map((name) => string(field(header, name)));
  return `(${[string(field(header, "date")), subject, from, ...list, ...others, ...ids].join(" ")})`;
}

function addresses(value: string | undefined): string {
  if (value === undefined) return "NIL";
  const each = value.split(",").map((address) => {
    const [, name, mailbox = ""] = /^\s*(?:"?([^"<]*?)"?\s*<)?([^<>\s]+)>?\s*$/.exec(address) ?? [];
    const [local, host] = mailbox.split("@");
    return `(${string(name || undefined)} NIL ${string(local)} ${string(host)})`;
  });
  return `(${each.join("")})`;
}

function bodyStructure({ header, body, parts }: Part): string {
  const type = field(header, "content-type") ?? "text/plain";
  const [, major = "text", minor = "plain"] = /^([^/;\s]+)\/([^;\s]+)/.exec(type) ?? [];
  if (parts.length > 0) return `(${parts.map(bodyStructure).join("")} ${string(minor.toUpperCase())})`;
  const charset = /charset="?([^";\s]+)/i.exec(type)?.[1];
  const parameters = charset === undefined ? "NIL" : `("CHARSET" ${string(charset)})`;
  const encoding = string((field(header, "content-transfer-encoding") ?? "7bit").toUpperCase());
  const names = `${string(major.toUpperCase())} ${string(minor.toUpperCase())}`;
  const lines = major.toLowerCase() === "text" ? ` ${body.split("\r\n").length - 1}` : "";
  return `(${names} ${parameters} NIL NIL ${encoding} ${body.length}${lines})`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function internalDate(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()} ${time} +0000`;
}
