import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";

const YES = /^(yes|true|on|1)$/i;
const NO = /^(no|false|off|0)$/i;

/** A switch of the old configuration. */
export function yesNo({ name, value, place }: Parameter): boolean {
  if (YES.test(value)) return true;
  if (NO.test(value)) return false;
  throw badInput(place, `${name} must be yes or no, not ${JSON.stringify(value)}`);
}

/** A whole number, not negative. */
export function wholeNumber({ name, value, place }: Parameter): number {
  if (!/^\d{1,9}$/.test(value))
    throw badInput(place, `${name} must be a whole number, not ${JSON.stringify(value)}`);
  return Number(value);
}

/** A port, or undefined where the text is none. */
export function portOf(text: string): number | undefined {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port > 0 && port < 65_536 ? port : undefined;
}

/** One port. */
export function port({ name, value, place }: Parameter): number {
  const number = portOf(value);
  if (number === undefined) throw badInput(place, `${name} must be a port, not ${JSON.stringify(value)}`);
  return number;
}

/** Ports with blanks, commas or bars between them; an address before a port is left out. */
export const portList = (parameter: Parameter): number[] =>
  words(parameter.value.replaceAll("|", " ")).map((value) =>
    port({ ...parameter, value: value.replace(/^.*:/, "") }),
  );

/** Words with blanks or commas between them. */
export const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");
