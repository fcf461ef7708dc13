import type { Fault } from "../mistakes.ts";
import type { Configuration } from "../schema.ts";
import { checkAddresses } from "./addresses.ts";
import { checkClearText } from "./clear-text.ts";
import { checkDirectory } from "./directory.ts";
import { checkInstance } from "./instance.ts";
import { checkRouteApi } from "./route-api.ts";
import { checkStores } from "./stores.ts";

/** Checks what the schema cannot: the files that are named, and settings that need each other. */
export const checkConfiguration = (configuration: Configuration): Fault[] => {
  const { directory, routeApi, stores = {}, instances = {} } = configuration;
  return [
    ...(routeApi === undefined ? [] : checkRouteApi(routeApi)),
    ...(directory === undefined ? [] : checkDirectory(directory)),
    ...checkStores(stores),
    ...checkClearText(configuration),
    ...Object.entries(instances).flatMap(([name, instance]) => checkInstance(configuration, name, instance)),
    ...checkAddresses(configuration),
  ];
};
