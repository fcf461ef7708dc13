import { isIP } from "node:net";
import { hostPortText, splitHostPort } from "../../../route-api/contract/host-port.ts";
import { type Fault, fieldName, type Path } from "../mistakes.ts";
import type { Configuration } from "../schema.ts";

/** An address and port that a field has something listen on. */
interface Place {
  path: Path;
  address: string;
  port: number;
}

type Sections = Pick<Configuration, "instances" | "routeApi" | "edge">;

/**
 * Checks that no two things listen on the same address and port. `::` serves IPv4 too, so that `0.0.0.0` beside it is
 * the same.
 */
export function checkAddresses(sections: Sections): Fault[] {
  const seen = new Map<string, Path>();
  return placesOf(sections).flatMap(({ path, address, port }) => {
    if (port === 0) return [];
    const key = `${isAny(address) ? "any" : spelled(address)} ${port}`;
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, path);
      return [];
    }
    return [{ path, text: `${hostPortText(address, port)} is already used by ${fieldName(other)}` }];
  });
}

function placesOf({ instances = {}, routeApi, edge }: Sections): Place[] {
  const listeners = Object.entries(instances).flatMap(([name, instance]) =>
    instance.listeners.map(({ address, port }, index) => ({
      path: ["instances", name, "listeners", index, "port"],
      address,
      port,
    })),
  );
  return [
    ...listeners,
    ...placeOf(["routeApi", "listen"], routeApi?.listen),
    ...placeOf(["edge", "metricsListen"], edge.metricsListen),
  ];
}

const placeOf = (path: Path, listen: string | undefined): Place[] =>
  listen === undefined ? [] : [{ path, ...splitHostPort(listen) }];

const isAny = (address: string): boolean => ["0.0.0.0", "::"].includes(spelled(address));

/** One spelling of each address, as URLs have it (RFC 5952); names stay as they are. */
const spelled = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address.toLowerCase();
