import { z } from "zod";
import { attributeNames } from "./attribute-names.ts";
import { Hold } from "./holds.ts";
import { givenName, NAME_MAX_BYTES, name } from "./names.ts";

/** Most attributes included in a route, and most values of each. */
export const ROUTE_ATTRIBUTES_MAX = 8;
export const ROUTE_ATTRIBUTE_VALUES_MAX = 4;

/** Overrides for one account of what the edge's configuration says about the store. */
export const StoreOverride = z.object({
  /** Login name at the store, instead of the account name. */
  user: name.max(NAME_MAX_BYTES).optional(),
  imapPort: z.int().min(1).max(65_535).optional(),
  pop3Port: z.int().min(1).max(65_535).optional(),
});
export type StoreOverride = z.infer<typeof StoreOverride>;

/** An account's route: the response of `GET /v1/routes/{login}`. */
export const Route = z.object({
  /** Canonical name of the account, which the edge logs and sends to the store. */
  account: name.max(NAME_MAX_BYTES),
  /** entryUUID of the directory entry, or the source's equivalent. */
  uuid: z.string().min(1),
  /** Mail stores with the mailbox, best first; keys of `stores` in the edge's configuration. */
  mailHost: z.array(name).min(1),
  /** The directory's version of the entry; sorts as a string. */
  version: z.string(),
  /** Number of the write that stored it; a later write has a greater one. */
  write: z.int().optional(),
  /** A disabled account cannot log in; to the client it looks like a wrong password. */
  status: z.enum(["active", "disabled"]).default("active"),
  /** Why it is disabled, for support: attribute and value. */
  statusReason: z.string().optional(),
  /** Rules of mailAllowedServiceAccess, unchanged from the directory. */
  services: z.array(z.string()).default([]),
  override: StoreOverride.optional(),
  /** New logins wait until this ends. */
  hold: Hold.pick({ id: true, until: true }).optional(),
  /** The requested attributes that the entry has, with normalized values. */
  attributes: z.record(z.string(), z.array(z.string())).optional(),
  /** Where the route comes from, if the request asks for it: the directory's entry, and all of its login names. */
  source: z.object({ dn: z.string(), logins: z.array(z.string()) }).optional(),
});
export type Route = z.infer<typeof Route>;

/** Parameters of `GET /v1/routes/{login}?domain=`. */
export const RouteParams = z.object({
  login: givenName,
});
export const RouteQuery = z.object({
  /** Appended after `@` to a login without a domain. */
  domain: givenName.optional(),
  /** Searchable attributes to include in the response, separated by commas. */
  attributes: attributeNames(ROUTE_ATTRIBUTES_MAX).optional(),
  /** `true` includes the entry's DN and login names, for people. */
  source: z.enum(["true", "false"]).optional(),
});

/** The encoded path of a look-up. */
export const routePath = (login: string): string => `/v1/routes/${encodeURIComponent(login)}`;
