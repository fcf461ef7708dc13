import { z } from "zod";

export const seconds = z.number().positive().max(86_400);
export const count = z.int().positive();
export const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be address:port, for example 127.0.0.1:8080");

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, "must be an attribute name");
export const attributeName = attribute;
export const attributeList = z.array(attribute).min(1);
export const anyAttributes = z.array(attribute);

/** One value, or several in order of preference. */
export const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((value) => [value] as z.output<T>[]), z.array(one).min(1)]);
