import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** True while the kernel's memory of connections has this one: no longer ago than the idle time it saw a packet. */
export function isRemembered({ localPort, remoteAddress, remotePort }: Socket): boolean {
  const entry = ` dst=${remoteAddress} sport=${localPort} dport=${remotePort} `;
  return readFileSync("/proc/net/nf_conntrack", "latin1").includes(entry);
}
