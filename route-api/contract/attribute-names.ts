import { z } from "zod";

/** An attribute that the API knows by name (RFC 4512, section 1.4): a descriptor, neither an OID nor with options. */
const DESCRIPTOR = "[A-Za-z][A-Za-z0-9-]{0,63}";

export const ATTRIBUTE_NAME = new RegExp(`^${DESCRIPTOR}$`);
export const attributeName = z.string().regex(ATTRIBUTE_NAME, "must be an attribute name");

/** Up to `max` of them with commas between, as a query has them. */
export const attributeNames = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^${DESCRIPTOR}(,${DESCRIPTOR}){0,${max - 1}}$`),
      `must be up to ${max} attribute names`,
    );
