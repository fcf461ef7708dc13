import { execFileSync } from "node:child_process";
import type { TargetGroup } from "./target-group.ts";

/**
 * Forwards connections with the client's address preserved. The kernel remembers where a connection went: a change of the
 * rules is for new ones only, as with an NLB.
 */
export function startNat(idleSeconds: number): void {
  const settings = [
    `net.netfilter.nf_conntrack_tcp_timeout_established=${idleSeconds}`,
    // Ended ones need not be remembered for long: the list of all is read.
    "net.netfilter.nf_conntrack_tcp_timeout_time_wait=5",
    // What was forgotten is not picked up again in the middle: its next packet is answered with a reset.
    "net.netfilter.nf_conntrack_tcp_loose=0",
  ];
  nft(`
    table ip twin {
      chain to_targets { type nat hook prerouting priority dstnat; }
      chain forward { type filter hook forward priority filter; ct state invalid reject with tcp reset; }
    }
  `);
  execFileSync("sysctl", ["-q", "-w", ...settings]);
}

/**
 * Puts in force where new connections go, in one step. A target is chosen by a mark and not by a map: a packet that is
 * under way while the rules change finds the old map's entries gone already, and would be refused by the balancer itself.
 */
export function applyNat(address: string, groups: readonly TargetGroup[]): void {
  const rules = groups
    .filter(({ settings, routing }) => settings.mode === "preserve" && routing.length > 0)
    .flatMap(({ settings: { port }, routing }) => {
      const rule = `add rule ip twin to_targets ip daddr ${address} tcp dport ${port}`;
      return [
        `${rule} meta mark set numgen inc mod ${routing.length}`,
        ...routing.map(
          (target, index) => `${rule} meta mark ${index} dnat to ${target.address}:${target.port}`,
        ),
      ];
    });
  nft(["flush chain ip twin to_targets", ...rules].join("\n"));
}

function nft(script: string): void {
  execFileSync("nft", ["-f", "-"], { input: `${script}\n`, stdio: ["pipe", "ignore", "inherit"] });
}
