import { z } from "zod";
import { type Change, ReadableChanges } from "../contract/changes.ts";
import { Question } from "../contract/questions.ts";
import { StoreError } from "./store.ts";

/** What a feed carries, and for how long it keeps it. */
export interface Lane<T> {
  /** How long it reaches back, in seconds. */
  retentionSeconds: number;
  /** After a gap readers get what is left behind their cursor; else they go on at the end. */
  keepsRest: boolean;
  /** The items of a record. */
  parse(json: string): T[];
  /** Replaces an item that is too large for a record. Throws StoreError if there is no replacement. */
  replaceLarge(item: T): T;
}

/** Routes that changed. What cannot be parsed, or is too large, may mean anything. */
export const CHANGES: Lane<Change> = {
  retentionSeconds: 86_400,
  keepsRest: true,
  parse(json) {
    try {
      return ReadableChanges.parse(JSON.parse(json));
    } catch {
      return [{ kind: "all" }];
    }
  },
  replaceLarge: () => ({ kind: "all" }),
};

/** Questions to edges. One that cannot be parsed remains unanswered. */
export const QUESTIONS: Lane<Question> = {
  retentionSeconds: 3600,
  // Nobody waits for their answers any more, and a kick must not come late.
  keepsRest: false,
  parse(json) {
    try {
      const items = z.array(z.unknown()).parse(JSON.parse(json));
      return items.flatMap((item) => Question.safeParse(item).data ?? []);
    } catch {
      return [];
    }
  },
  replaceLarge() {
    throw new StoreError("broken", "a question is too large for the feed");
  },
};
