/** Whether something matches, where that can be told. */
export type Fit = "yes" | "no" | "unknown";

/** `a EXCEPT b EXCEPT c` in its order; it means a EXCEPT (b EXCEPT c), as with TCP wrappers. */
export type ExceptList<T> = readonly (readonly T[])[];

/** Cuts a list, whose words are separated by commas or spaces, at each EXCEPT; undefined where a part is empty. */
export function readExceptList(text: string): ExceptList<string> | undefined {
  const parts: string[][] = [[]];
  for (const word of text.split(/[\s,]+/).filter((each) => each !== "")) {
    if (word.toUpperCase() === "EXCEPT") parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.every((part) => part.length > 0) ? parts : undefined;
}

/** Whether a list matches, given whether its members do. */
export const fitList = <T>(list: ExceptList<T>, fit: (member: T) => Fit): Fit =>
  list.reduceRight<Fit>((excepted, part) => butNot(anyOf(part.map(fit)), excepted), "no");

function anyOf(fits: readonly Fit[]): Fit {
  if (fits.includes("yes")) return "yes";
  return fits.includes("unknown") ? "unknown" : "no";
}

function butNot(fit: Fit, excepted: Fit): Fit {
  if (fit === "no" || excepted === "yes") return "no";
  return fit === "yes" && excepted === "no" ? "yes" : "unknown";
}
