/** A mistake in a format, and its position. */
export interface FormatFault {
  /** Position of the character, from 1. */
  at: number;
  text: string;
}

export type FormatResult<T> = { ok: true; format: T } | { ok: false; fault: FormatFault };

export const formatFaultText = ({ at, text }: FormatFault): string => `${text} (character ${at})`;

/** Thrown inside a parser and caught by `formatResult`. */
export class FormatError extends Error {
  readonly fault: FormatFault;
  /** `index` counts from 0. */
  constructor(index: number, text: string) {
    super(text);
    this.fault = { at: index + 1, text };
  }
}

/** Runs a parser that throws FormatError. */
export function formatResult<T>(parse: () => T): FormatResult<T> {
  try {
    return { ok: true, format: parse() };
  } catch (error) {
    if (error instanceof FormatError) return { ok: false, fault: error.fault };
    throw error;
  }
}
