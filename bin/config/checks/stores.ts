import type { StoreConfig, Stores } from "../../../edge-proxy/config/stores.ts";
import type { Fault, Path } from "../mistakes.ts";
import { checkOwnCertificate, readable, secret } from "./files.ts";

/** Checks the files of the stores. */
export const checkStores = (stores: Stores): Fault[] =>
  Object.entries(stores).flatMap(([name, store]) => checkStore(store, ["stores", name]));

const checkStore = (store: StoreConfig, path: Path): Fault[] => [
  ...readable(store.caFile, [...path, "caFile"]),
  ...secret(store.storeAdmin?.passwordFile, [...path, "storeAdmin", "passwordFile"]),
  ...checkOwnCertificate(store, path),
];
