import type { Csns } from "../directory/csn.ts";

/** Where the source resumes, and the changes that the table has then. */
export interface Reached {
  cursor: string | undefined;
  csns: Csns | undefined;
}

export const NOWHERE: Reached = { cursor: undefined, csns: undefined };

/** The later of two, where it tells. */
export const joinedWith = (before: Reached, later: Partial<Reached>): Reached => ({
  cursor: later.cursor ?? before.cursor,
  csns: later.csns ?? before.csns,
});
