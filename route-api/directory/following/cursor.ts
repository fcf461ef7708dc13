import { createHash } from "node:crypto";
import { z } from "zod";

/** Where a source goes on, and when it last read everything. */
export interface Position {
  /** The source's own mark: a cookie in base64, or the highest version that was told. */
  mark: string;
  /** Milliseconds since 1970. */
  fullAtMs: number;
}

const Cursor = z.strictObject({
  scope: z.string(),
  mark: z.string(),
  fullAtMs: z.number(),
  /** Of all the rest: a cursor that was damaged must not pass for one that only misses deletes. */
  check: z.string(),
});

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);

/** What a cursor is good for: the same search, read in the same way. */
export const scopeOf = (settings: unknown): string => digest(JSON.stringify(settings));

export function encodeCursor(scope: string, { mark, fullAtMs }: Position): string {
  return JSON.stringify({ scope, mark, fullAtMs, check: digest(scope, mark, String(fullAtMs)) });
}

/** The position that a cursor names; undefined where it is damaged, or was made for another search. */
export function decodeCursor(scope: string, cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(cursor);
  } catch {
    return undefined;
  }
  const parsed = Cursor.safeParse(json);
  if (!parsed.success || parsed.data.scope !== scope) return undefined;
  const { mark, fullAtMs, check } = parsed.data;
  return check === digest(scope, mark, String(fullAtMs)) ? { mark, fullAtMs } : undefined;
}

/** Keeps the position of a source that tells changes, and is read whole now and then. */
export interface PositionKeeper {
  fullReadingBegins(nowMs: number): void;
  /** The cursor behind the reading; none where the source has given no mark yet. */
  fullReadingEnds(mark: string | undefined): { cursor?: string };
  /** The cursor at the mark, or at the last one. */
  goOn(mark: string | undefined): { cursor?: string };
  /** The cursor at the mark. */
  cursor(mark: string): string;
  fullAtMs(): number;
}

export function positionKeeper(scope: string, position: Position | undefined): PositionKeeper {
  let mark = position?.mark;
  let fullAtMs = position?.fullAtMs ?? 0;
  let beganMs = 0;
  const goOn = (told: string | undefined): { cursor?: string } => {
    mark = told ?? mark;
    return mark === undefined ? {} : { cursor: encodeCursor(scope, { mark, fullAtMs }) };
  };
  return {
    fullReadingBegins(nowMs) {
      beganMs = nowMs;
    },
    fullReadingEnds(told) {
      fullAtMs = beganMs;
      return goOn(told);
    },
    goOn,
    cursor(told) {
      mark = told;
      return encodeCursor(scope, { mark, fullAtMs });
    },
    fullAtMs: () => fullAtMs,
  };
}
