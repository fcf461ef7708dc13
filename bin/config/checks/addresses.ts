import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { type Fault, fieldName } from "../mistakes.ts";

/** Checks that no two listeners have the same address and port. */
export function checkAddresses(instances: Readonly<Record<string, InstanceConfig>>): Fault[] {
  const seen = new Map<string, string>();
  return Object.entries(instances).flatMap(([name, { listeners }]) =>
    listeners.flatMap(({ address, port }, index) => {
      if (port === 0) return [];
      const place = `${address}:${port}`;
      const path = ["instances", name, "listeners", index];
      const other = seen.get(place);
      if (other !== undefined)
        return [{ path: [...path, "port"], text: `${place} is already used by ${other}` }];
      seen.set(place, fieldName(path));
      return [];
    }),
  );
}
