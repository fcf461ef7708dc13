/** A new token waits this many looks of the route API before edges are given it: looks come up to a tenth late. */
export const ROTATION_LEAD = 1.3;
