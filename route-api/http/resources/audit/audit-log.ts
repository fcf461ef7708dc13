import { createHash, randomUUID } from "node:crypto";
import { AuditEntry } from "../../../contract/audit.ts";
import type { ListStore } from "../../../store/lists.ts";
import type { ApiContext } from "../../request-context.ts";

const AUDIT = "AUDIT";
const DAY_SECONDS = 86_400;
/** Wide enough for all that one process will ever note. */
const NUMBER_DIGITS = 12;

/** Something that an operator wants done. */
export interface Action {
  action: string;
  /** A login name, a session, a store. */
  target: string;
  why: string;
  idempotencyKey: string | undefined;
}

/** Who did what, when, and why. */
export interface AuditLog {
  /** Writes an entry, before the action. Rejects with a StoreError: then the action must not be taken. */
  note(c: ApiContext, action: Action): Promise<void>;
  /** Newest first, before a key. */
  read(limit: number, before: string | undefined): Promise<AuditEntry[]>;
}

export const createAuditLog = (lists: ListStore, days: number): AuditLog => {
  // Entries of one millisecond keep their order.
  let number = 0;
  return {
    async note(c, { idempotencyKey, ...action }) {
      const at = new Date().toISOString();
      const key = `${at}~${String(number++).padStart(NUMBER_DIGITS, "0")}~${randomUUID()}`;
      const entry: AuditEntry = {
        key,
        at,
        by: c.var.caller.name,
        ...action,
        requestId: c.var.requestId,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      };
      await lists.put(AUDIT, key, entry, days * DAY_SECONDS);
    },

    async read(limit, before) {
      const items = await lists.readLast(AUDIT, limit, before);
      return items.flatMap(({ value }) => AuditEntry.safeParse(value).data ?? []);
    },
  };
};

/**
 * Id of the question that an action asks: the same for the same request with the same key, so that it takes effect once;
 * another one each time for requests without a key.
 */
export function questionIdOf(c: ApiContext, idempotencyKey: string | undefined, request: unknown): string {
  if (idempotencyKey === undefined) return randomUUID();
  const told = JSON.stringify([c.var.caller.name, idempotencyKey, request]);
  return createHash("sha256").update(told).digest("base64url");
}
