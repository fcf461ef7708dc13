import { z } from "zod";

/** Most entries of one page. */
export const AUDIT_PAGE_MAX = 200;

/** Something that an operator did, or was about to do: it is written before the action. */
export const AuditEntry = z.object({
  /** Its place in the audit; sorts by time. */
  key: z.string(),
  at: z.iso.datetime(),
  /** Name of the token, or `jwt:` and the subject. */
  by: z.string(),
  action: z.string(),
  /** A login name, a session, a store. */
  target: z.string(),
  why: z.string(),
  /** Under which the API logged the request. */
  requestId: z.string(),
  /** The caller's Idempotency-Key. */
  idempotencyKey: z.string().optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Parameters of `GET /v1/audit`. */
export const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(AUDIT_PAGE_MAX).default(50),
  /** Entries before this one; the `cursor` of a response. */
  before: z.string().max(128).optional(),
});

/** Response of `GET /v1/audit`: newest first. */
export const Audit = z.object({
  entries: z.array(AuditEntry),
  /** Where to continue; absent on the last page. */
  cursor: z.string().optional(),
});
export type Audit = z.infer<typeof Audit>;

export const AUDIT_PATH = "/v1/audit";

/** Header by which a repeated request is known: it takes effect once. */
export const IDEMPOTENCY_KEY = "idempotency-key";
export const IdempotencyHeaders = z.object({
  [IDEMPOTENCY_KEY]: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
});
