/** Whether a number is in a sequence set (RFC 9051 section 9), where `*` is the largest; undefined if it is not a set. */
export function sequenceSet(text: string, largest: number): ((number: number) => boolean) | undefined {
  if (!/^(\d+|\*)(:(\d+|\*))?(,(\d+|\*)(:(\d+|\*))?)*$/.test(text)) return undefined;
  const value = (part: string): number => (part === "*" ? largest : Number(part));
  const ranges = text.split(",").map((range) => {
    const [first = "", last = first] = range.split(":");
    return [value(first), value(last)].sort((a, b) => a - b) as [number, number];
  });
  return (number) => ranges.some(([low, high]) => number >= low && number <= high);
}
