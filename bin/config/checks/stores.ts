import type { StoreConfig, Stores } from "../../../edge-proxy/config/stores.ts";
import type { Fault, Path } from "../mistakes.ts";
import { checkOwnCertificate, readablePem } from "./files.ts";
import { checkStoreAdmin } from "./login-files.ts";
import { checkCiphers } from "./tls.ts";

/** Checks the files of the stores. */
export const checkStores = (stores: Stores): Fault[] =>
  Object.entries(stores).flatMap(([name, store]) => checkStore(store, ["stores", name]));

const checkStore = (store: StoreConfig, path: Path): Fault[] => [
  ...readablePem(store.caFile, [...path, "caFile"]),
  ...checkStoreAdmin(store.storeAdmin, [...path, "storeAdmin"]),
  ...checkOwnCertificate(store, path),
  ...checkCiphers(store.ciphers, [...path, "ciphers"]),
];
