/** The target of a release: a hold, and what it is of. */
export const heldTarget = (id: string, of: string): string => `${id}/${of}`;

/** The same, taken apart. */
export function splitHold(target: string): { id: string; of: string } {
  const at = target.indexOf("/");
  return { id: target.slice(0, Math.max(0, at)), of: target.slice(at + 1) };
}
