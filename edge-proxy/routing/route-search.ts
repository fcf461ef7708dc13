export type { Match, RouteSearch } from "../../route-api/contract/contract.ts";
export {
  BASE_MAX,
  CERTIFICATE_MAX,
  MATCH_PARTS_MAX,
  MATCH_VALUE_MAX,
} from "../../route-api/contract/contract.ts";

/** An attribute that a match may name: neither an OID nor with options. */
export const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
