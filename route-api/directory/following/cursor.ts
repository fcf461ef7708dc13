import { createHash } from "node:crypto";
import { z } from "zod";

/** Where a source resumes, and when it last read everything. */
export interface Position {
  /** The source's own mark: a cookie in base64, or the version from which to ask for newer entries. */
  mark: string;
  /** Milliseconds since 1970. */
  fullAtMs: number;
}

const Cursor = z.strictObject({
  scope: z.string(),
  mark: z.string(),
  fullAtMs: z.number(),
  /** Checksum of the rest: a damaged cursor must not be taken for a valid one, which would lose deletions. */
  check: z.string(),
});

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);

/** Identifies what a cursor is valid for: the same search, by the same method. */
export const scopeOf = (settings: unknown): string => digest(JSON.stringify(settings));

export function encodeCursor(scope: string, { mark, fullAtMs }: Position): string {
  return JSON.stringify({ scope, mark, fullAtMs, check: digest(scope, mark, String(fullAtMs)) });
}

/** The position in a cursor; undefined if the cursor is damaged or was made for another search. */
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

/** Tracks the position of a source that reports changes and is also read in full from time to time. */
export interface PositionKeeper {
  fullReadBegins(nowMs: number): void;
  /** The cursor after the full read; none if the source has given no mark yet. */
  fullReadEnds(mark: string | undefined): { cursor?: string };
  /** The cursor at `mark`, by default at the last one. */
  moveTo(mark: string | undefined): { cursor?: string };
  /** The cursor at `mark`. */
  cursor(mark: string): string;
  fullAtMs(): number;
}

export function positionKeeper(scope: string, position: Position | undefined): PositionKeeper {
  let mark = position?.mark;
  let fullAtMs = position?.fullAtMs ?? 0;
  let beganMs = 0;
  const moveTo = (told: string | undefined): { cursor?: string } => {
    mark = told ?? mark;
    return mark === undefined ? {} : { cursor: encodeCursor(scope, { mark, fullAtMs }) };
  };
  return {
    fullReadBegins(nowMs) {
      beganMs = nowMs;
    },
    fullReadEnds(told) {
      fullAtMs = beganMs;
      return moveTo(told);
    },
    moveTo,
    cursor(told) {
      mark = told;
      return encodeCursor(scope, { mark, fullAtMs });
    },
    fullAtMs: () => fullAtMs,
  };
}
