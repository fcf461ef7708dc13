import type { InstanceConfig } from "./instance.ts";
import type { Stores } from "./stores.ts";

/**
 * Stores at which an instance logs in for clients that show a certificate, and which nothing can be tried with first: no
 * password, and no test account (`storeAdmin.probe`). Such a store is trusted to obey SASL's authorisation id.
 */
export function unprovedStores(
  { mechanisms, tls, listeners, storeAdmin }: InstanceConfig,
  stores: Stores,
): string[] {
  if (!mechanisms.includes("EXTERNAL") || tls?.clientCaFile === undefined) return [];
  return Object.entries(stores)
    .filter(([, store]) => listeners.some(({ protocol }) => store[protocol] !== undefined))
    .filter(([, store]) => (store.storeAdmin ?? storeAdmin)?.probe === undefined)
    .map(([name]) => name);
}

export const unprovedText = (stores: readonly string[]): string =>
  `storeAdmin has no probe: whether ${stores.join(", ")} obeys SASL's authorisation id cannot be tried before EXTERNAL logins`;
