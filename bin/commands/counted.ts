/**
 * A number with its noun.
 *
 * @example counted(1, "entry", "entries") === "1 entry"
 */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;
