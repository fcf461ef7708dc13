import { z } from "zod";
import { Why } from "./kicks.ts";
import { EdgesAsked } from "./sessions.ts";

/** Longest time of a hold, in seconds; whoever needs more renews it. */
export const HOLD_MAX_SECONDS = 3600;
/** A hold that nobody has released is cleared this long after its end, to allow for clock differences, in seconds. */
export const HOLD_MARGIN_SECONDS = 5;

export const HoldId = z.string().regex(/^[\w-]{1,64}$/);

/** A hold of an account, as its entry has it: new logins wait until it ends. */
export const Hold = z.object({
  id: HoldId,
  /** How often it was renewed. */
  gen: z.int().min(0),
  /** Name of the token, or `jwt:` and the subject. */
  by: z.string(),
  why: z.string(),
  /** Hosts of the mailbox when the hold began: it ends by itself when the entry names others. */
  from: z.array(z.string()),
  until: z.iso.datetime(),
});
export type Hold = z.infer<typeof Hold>;

/** Body of `POST /v1/users/{login}/hold` and `POST /v1/stores/{store}/hold`. */
export const HoldRequest = z.strictObject({
  why: Why,
  /** How long the hold lasts unless it is renewed or released. */
  seconds: z.int().min(1).max(HOLD_MAX_SECONDS),
});

/** Body of a release. */
export const ReleaseRequest = z.strictObject({ why: Why });

/** Which hold is renewed or released: its id, or `*` for any. */
export const HoldHeaders = z.object({
  "if-match": z
    .string()
    .regex(/^("[\w-]{1,64}"|[\w-]{1,64}|\*)$/, "must be the id of a hold, or *")
    .optional(),
});

/** Response to a hold of an account. */
export const Held = z.object({ id: HoldId, until: Hold.shape.until });
export type Held = z.infer<typeof Held>;

/** Response to a hold of a store. */
export const HeldStore = Held.extend({ edges: EdgesAsked });
export type HeldStore = z.infer<typeof HeldStore>;

/** Response to a release. */
export const Released = z.object({
  /** Ids of the holds that were in force. */
  released: z.array(HoldId),
});
export type Released = z.infer<typeof Released>;

/** Response to the release of a store. */
export const ReleasedStore = Released.extend({ edges: EdgesAsked });
export type ReleasedStore = z.infer<typeof ReleasedStore>;

/** An account on hold. */
export const HeldAccount = Hold.extend({
  uuid: z.string().min(1),
  account: z.string(),
  /** Its login names. */
  names: z.array(z.string()),
  /** Number of the write that stored the entry as it is. */
  write: z.int(),
});
export type HeldAccount = z.infer<typeof HeldAccount>;

/** A store on hold: logins of its users wait. */
export const StoreHold = Hold.omit({ gen: true, from: true }).extend({ store: z.string() });
export type StoreHold = z.infer<typeof StoreHold>;

/** Response of `GET /v1/holds`. */
export const Holds = z.object({ accounts: z.array(HeldAccount), stores: z.array(StoreHold) });
export type Holds = z.infer<typeof Holds>;

export const HOLDS_PATH = "/v1/holds";

/** The id in an If-Match header, with or without quotes. */
export const matchedId = (header: string | undefined): string | undefined => header?.replaceAll('"', "");
