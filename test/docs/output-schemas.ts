import { z } from "zod";
import { MoveOutput } from "../../bin/commands/move/output.ts";
import { RouteOutput } from "../../bin/commands/route/output.ts";
import { TokenEntry, TokenList } from "../../bin/commands/token/entry.ts";
import { Audit } from "../../route-api/contract/audit.ts";
import { Edges } from "../../route-api/contract/edges.ts";
import { Forgotten } from "../../route-api/contract/history.ts";
import { Held, HeldStore, Released, ReleasedStore } from "../../route-api/contract/holds.ts";
import { Kicked } from "../../route-api/contract/kicks.ts";
import { Penalties } from "../../route-api/contract/penalties.ts";
import { Sessions } from "../../route-api/contract/sessions.ts";
import { StoreProbed } from "../../route-api/contract/store-probes.ts";
import { StoreList } from "../../route-api/contract/stores.ts";
import { SyncStatus } from "../../route-api/contract/sync-status.ts";
import { TokenInfo } from "../../route-api/contract/tokens.ts";
import { Traced, TraceEvent } from "../../route-api/contract/traces.ts";
import { User } from "../../route-api/contract/users.ts";

/** On standard error, where a command that prints JSON fails. */
const Failed = z.object({ error: z.object({ message: z.string(), exitCode: z.int() }) });

/** What commands print with --json, by the name of the schema's file in docs/schemas. */
export const OUTPUTS = {
  route: { command: "mmp route", schema: RouteOutput },
  user: { command: "mmp user", schema: User },
  sessions: { command: "mmp sessions", schema: Sessions },
  kick: { command: "mmp kick", schema: Kicked },
  hold: { command: "mmp hold", schema: z.union([HeldStore, Held]) },
  release: { command: "mmp release", schema: z.union([ReleasedStore, Released]) },
  move: { command: "mmp move", schema: MoveOutput },
  lift: { command: "mmp lift", schema: Penalties },
  forget: { command: "mmp forget", schema: Forgotten },
  stores: { command: "mmp stores", schema: StoreList },
  "stores-probe": { command: "mmp stores --probe", schema: StoreProbed },
  edges: { command: "mmp edges", schema: Edges },
  trace: { command: "mmp trace", schema: z.union([Traced, TraceEvent]) },
  audit: { command: "mmp audit", schema: Audit },
  "token-create": { command: "mmp token create", schema: TokenEntry },
  "token-list": { command: "mmp token list", schema: TokenList },
  "token-check": { command: "mmp token check", schema: TokenInfo },
  "sync-status": { command: "mmp sync status", schema: SyncStatus },
  error: { command: "a failure", schema: Failed },
} as const satisfies Record<string, { command: string; schema: z.ZodType }>;
export type OutputName = keyof typeof OUTPUTS;

/**
 * The JSON Schema of a command's output. `published` permits fields that later versions add; `exact` permits none, and is
 * for tests.
 */
export function outputSchema(name: OutputName, form: "published" | "exact"): Record<string, unknown> {
  const { command, schema } = OUTPUTS[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "output",
    override: ({ jsonSchema }) => {
      if (form === "published" && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const title = name === "error" ? "Standard error of a command with --json that fails" : `${command} --json`;
  return { $schema, title, ...rest };
}
