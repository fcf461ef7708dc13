import { z } from "zod";

/** Where something listens: `address:port`, an IPv6 address in brackets. */
export const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be address:port, for example 127.0.0.1:8080");

/** The parts of what `hostPort` accepts. */
export function splitHostPort(text: string): { address: string; port: number } {
  const [, address = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return { address, port: Number(port) };
}
