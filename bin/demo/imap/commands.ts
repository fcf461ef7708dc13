/** Largest literal that a demo store accepts, in bytes. */
const LITERAL_BYTES = 64 * 1024 * 1024;

/** Splits a client's octets into commands, literals included; `askFor` sends a continuation request. */
export function createCommandCutter(askFor: () => void): {
  push(octets: string): void;
  /** The next whole command; with `plain`, the next line, even if it ends like a literal. */
  next(plain: boolean): string | undefined;
} {
  let buffer = "";
  let part = 0;
  let asked = false;
  const take = (end: number): string => {
    const text = buffer.slice(0, end);
    buffer = buffer.slice(end + 2);
    part = 0;
    asked = false;
    return text;
  };
  return {
    push: (octets) => {
      buffer += octets;
    },
    next(plain) {
      for (;;) {
        const end = buffer.indexOf("\r\n", part);
        if (end < 0) return undefined;
        const literal = plain ? null : /\{(\d+)(\+?)\}$/.exec(buffer.slice(part, end));
        if (literal === null || Number(literal[1]) > LITERAL_BYTES) return take(end);
        if (literal[2] === "" && !asked) {
          asked = true;
          askFor();
        }
        const next = end + 2 + Number(literal[1]);
        if (buffer.length < next) return undefined;
        part = next;
        asked = false;
      }
    },
  };
}
