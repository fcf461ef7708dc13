import { z } from "zod";

export const seconds = z.number().positive().max(86_400);
export const count = z.int().positive();
export const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, "must be address:port, for example 127.0.0.1:8080");

/** One value, or several in order of preference. */
export const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.union([one.transform((value) => [value] as z.output<T>[]), z.array(one).min(1)]);

/** Stands beside a field that would send secrets or names of users over a network without TLS. */
export const allowClearText = z.boolean().optional();
