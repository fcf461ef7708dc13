import { z } from "zod";
import { attributeNames } from "./attribute-names.ts";
import { NAME_MAX_BYTES, name } from "./names.ts";

/** Attributes that one route may bring along, and values of each: the first ones. */
export const ROUTE_ATTRIBUTES_MAX = 8;
export const ROUTE_ATTRIBUTE_VALUES_MAX = 4;

/** Where the store's login of one account differs from the store's entry in the edge's configuration. */
export const StoreOverride = z.object({
  /** Name to log in with at the store, in place of the account's. */
  user: name.max(NAME_MAX_BYTES).optional(),
  imapPort: z.int().min(1).max(65_535).optional(),
  pop3Port: z.int().min(1).max(65_535).optional(),
});
export type StoreOverride = z.infer<typeof StoreOverride>;

/** Where an account's mailbox is: the answer of `GET /v1/routes/{login}`. */
export const Route = z.object({
  /** Canonical name of the account: what the edge logs, counts and gives to the store. */
  account: name.max(NAME_MAX_BYTES),
  /** entryUUID of the directory entry (or what the source has in its place). */
  uuid: z.string().min(1),
  /** Hosts that hold the mailbox, best first: keys of `stores` in the edge's configuration. */
  mailHost: z.array(name).min(1),
  /** The directory's version of the entry; greater in string order is newer. */
  version: z.string(),
  /** A disabled account is not let in; the client hears no more than of a wrong password. */
  status: z.enum(["active", "disabled"]).default("active"),
  /** Why it is disabled, for support: the attribute and its value. */
  statusReason: z.string().optional(),
  /** Rules of mailAllowedServiceAccess, as the directory has them. */
  services: z.array(z.string()).default([]),
  override: StoreOverride.optional(),
  /** The attributes that were asked for, as far as the entry has them: values as searches compare them. */
  attributes: z.record(z.string(), z.array(z.string())).optional(),
});
export type Route = z.infer<typeof Route>;

/** Parameters of `GET /v1/routes/{login}?domain=`. */
export const RouteParams = z.object({
  login: z.string().min(1).max(NAME_MAX_BYTES),
});
export const RouteQuery = z.object({
  /** Appended, after `@`, to a login that has no domain of its own. */
  domain: z.string().min(1).max(NAME_MAX_BYTES).optional(),
  /** Names of attributes that the sync keeps, with commas between: the answer brings their values along. */
  attributes: attributeNames(ROUTE_ATTRIBUTES_MAX).optional(),
});

/** Path of a route look-up, encoded. */
export const routePath = (login: string): string => `/v1/routes/${encodeURIComponent(login)}`;
