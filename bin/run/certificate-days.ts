import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../edge-proxy/config/instance.ts";

const DAY_MS = 86_400_000;

/** Days until the first certificate of the instances expires; undefined if there is none. */
export function certificateDaysLeft(
  instances: Readonly<Record<string, InstanceConfig>>,
  nowMs: number,
): number | undefined {
  const days = Object.values(instances)
    .flatMap(({ tls }) => tls?.certificates ?? [])
    .map(
      ({ certFile }) => (Date.parse(new X509Certificate(readFileSync(certFile)).validTo) - nowMs) / DAY_MS,
    );
  return days.length === 0 ? undefined : Math.min(...days);
}
