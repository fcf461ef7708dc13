import { readFileSync } from "node:fs";
import { z } from "zod";
import type { PathCase } from "./path-case.ts";

const Limbo = z.object({
  version: z.literal(1),
  testcases: z.array(
    z.object({
      id: z.string(),
      features: z.array(z.string()),
      validation_kind: z.enum(["CLIENT", "SERVER"]),
      trusted_certs: z.array(z.string()),
      untrusted_intermediates: z.array(z.string()),
      peer_certificate: z.string(),
      validation_time: z.string().nullable(),
      expected_result: z.enum(["SUCCESS", "FAILURE"]),
      max_chain_depth: z.number().nullable(),
      crls: z.array(z.string()),
    }),
  ),
});

/**
 * The cases of x509-limbo (`limbo.json`). Here an operator lists intermediate CAs, not the client: they go with the
 * trusted ones.
 */
export const limboCases = (file: string): PathCase[] =>
  Limbo.parse(JSON.parse(readFileSync(file, "utf8"))).testcases.map((one) => ({
    name: one.id,
    ca: [...one.trusted_certs, ...one.untrusted_intermediates].join("\n"),
    ...(one.crls.length === 0 ? {} : { crl: one.crls.join("\n") }),
    leaf: one.peer_certificate,
    atMs: one.validation_time === null ? Date.UTC(2026, 0, 1) : Date.parse(one.validation_time),
    valid: one.expected_result === "SUCCESS",
    forServers: one.validation_kind === "SERVER",
  }));
