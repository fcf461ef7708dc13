import { z } from "zod";

export const seconds = z.number().positive().max(86_400);
export const count = z.int().positive();

/** One value, or several in order of preference. */
export const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((value) => [value] as z.output<T>[]), z.array(one).min(1)]);

/** Stands beside a field that would send secrets or names of users over a network without TLS. */
export const allowClearText = z.boolean().optional();
