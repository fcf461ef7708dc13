/** Refresh periods that a new token waits before edges get it: a refresh may come a tenth of a period late. */
export const ROTATION_LEAD = 1.3;
