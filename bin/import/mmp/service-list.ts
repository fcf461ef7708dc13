import { basename } from "node:path";
import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";
import { portOf } from "./values.ts";

/** A service that the old multiplexor started. */
export interface ServiceEntry {
  protocol: Protocol | "smtp";
  /** Name of its configuration file, without `.cfg`. */
  config: string;
  section: string;
  listen: ListenAddress[];
}

export interface ListenAddress {
  address?: string;
  port: number;
}

const CONFIG_OF = { imap: "ImapProxyAService", pop3: "PopProxyAService", smtp: "SmtpProxyAService" } as const;

/**
 * Reads services of the form `library[|config[|section]]@[address:]port[|…]`, separated by blanks.
 *
 * @example "/opt/mmp/ImapProxyAService@143|993 /opt/mmp/PopProxyAService|pop2@10.0.0.1:110"
 */
export function parseServiceList(parameter: Parameter): ServiceEntry[] {
  const services = parameter.value.split(/\s+/).filter((text) => text !== "");
  if (services.length === 0) throw badInput(parameter.place, "ServiceList names no service");
  return services.map((text) => parseService(text, parameter));
}

function parseService(text: string, { place }: Parameter): ServiceEntry {
  const at = text.lastIndexOf("@");
  if (at < 1) throw badInput(place, `ServiceList: ${text} has no @ followed by ports`);
  const [library = "", config, section = "default"] = text.slice(0, at).split("|");
  // On Windows NT, the paths of libraries have backslashes.
  const name = basename(library.replaceAll("\\", "/")).replace(/\.(so|sl|dll)$/i, "");
  const protocol = protocolOf(name);
  if (protocol === undefined)
    throw badInput(place, `ServiceList: ${name} is not an IMAP, POP or SMTP service`);
  const named = config === undefined || config === "" ? undefined : config.replace(/\.cfg$/i, "");
  return {
    protocol,
    config: named ?? (/AService$/i.test(name) ? name : CONFIG_OF[protocol]),
    section,
    listen: text
      .slice(at + 1)
      .split("|")
      .map((port) => parseListen(port, text, place)),
  };
}

function protocolOf(name: string): ServiceEntry["protocol"] | undefined {
  if (/^imap/i.test(name)) return "imap";
  if (/^pop/i.test(name)) return "pop3";
  return /^(smtp|submit)/i.test(name) ? "smtp" : undefined;
}

function parseListen(text: string, service: string, place: Parameter["place"]): ListenAddress {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d+)$/.exec(text) ?? [];
  const number = portOf(port);
  if (number === undefined) throw badInput(place, `ServiceList: ${text} of ${service} is not a port`);
  const address = bracketed ?? plain;
  return { ...(address === undefined ? {} : { address }), port: number };
}
