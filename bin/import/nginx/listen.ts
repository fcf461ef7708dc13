import { badInput } from "../finding.ts";
import type { Directive } from "./tokens.ts";

export interface Listen {
  address?: string;
  port: number;
  ssl: boolean;
  proxyProtocol: boolean;
}

/** `listen 993 ssl`, `listen 127.0.0.1:143`, `listen [::]:110 proxy_protocol`. */
export function parseListen({ place, args }: Directive): Listen {
  const [target = "", ...flags] = args;
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]:|([^:[\]]+):)?(\d{1,5})$/.exec(target) ?? [];
  const number = Number(port);
  if (port === "" || number < 1 || number > 65_535) {
    throw badInput(place, `listen ${target}: only an address with a port is supported`);
  }
  // nginx's * is every IPv4 address, like no address.
  const address = bracketed ?? (plain === "*" ? undefined : plain);
  return {
    ...(address === undefined ? {} : { address }),
    port: number,
    ssl: flags.includes("ssl"),
    proxyProtocol: flags.includes("proxy_protocol"),
  };
}
