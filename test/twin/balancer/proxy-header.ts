import type { Socket } from "node:net";

/** The PROXY protocol's version 2, as its text says it: written anew here, so that the edge's reader is checked by another hand. */
const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/** LOCAL: the balancer speaks for itself, as in its health checks. */
export const localHeader = (): Buffer => Buffer.concat([SIGNATURE, Buffer.from([0x20, 0x00, 0, 0])]);

/** PROXY, TCP over IPv4: who is connected to whom. */
export function proxyHeader({ remoteAddress, remotePort, localAddress, localPort }: Socket): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(remotePort ?? 0, 0);
  ports.writeUInt16BE(localPort ?? 0, 2);
  const body = Buffer.concat([octets(remoteAddress), octets(localAddress), ports]);
  return Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, body.length]), body]);
}

const octets = (address = ""): Buffer => Buffer.from(address.split(".").map(Number));
