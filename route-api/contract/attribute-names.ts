import { z } from "zod";

/** An attribute name (RFC 4512, section 1.4): a descriptor of at most 64 characters, without options; no OIDs. */
const DESCRIPTOR = "[A-Za-z][A-Za-z0-9-]{0,63}";

export const ATTRIBUTE_NAME = new RegExp(`^${DESCRIPTOR}$`);
export const attributeName = z.string().regex(ATTRIBUTE_NAME, "must be an attribute name");

/** Up to `max` names separated by commas, as in a query parameter. */
export const attributeNames = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^${DESCRIPTOR}(,${DESCRIPTOR}){0,${max - 1}}$`),
      `must be up to ${max} attribute names`,
    );
