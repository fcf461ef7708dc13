import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";

const YES = /^(yes|true|on|1)$/i;
const NO = /^(no|false|off|0)$/i;

/** A yes or no. */
export function yesNo({ name, value, place }: Parameter): boolean {
  if (YES.test(value)) return true;
  if (NO.test(value)) return false;
  throw badInput(place, `${name} must be yes or no, not ${JSON.stringify(value)}`);
}

/** A whole number that is not negative. */
export function wholeNumber({ name, value, place }: Parameter): number {
  if (!/^\d{1,9}$/.test(value))
    throw badInput(place, `${name} must be a whole number, not ${JSON.stringify(value)}`);
  return Number(value);
}

/** A port, or undefined if the text is not one. */
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

/** Ports separated by blanks, commas or bars; an address before a port is left out. */
export const portList = (parameter: Parameter): number[] =>
  words(parameter.value.replaceAll("|", " ")).map((value) =>
    port({ ...parameter, value: value.replace(/^.*:/, "") }),
  );

/** Words separated by blanks or commas. */
export const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");
