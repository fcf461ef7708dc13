import { parseNetwork } from "../../../edge-proxy/guard/network.ts";
import { badInput } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";
import { words } from "./values.ts";

/** `IP|MASK`, or an address alone, as mmp.yaml writes it. */
export function networkOf(text: string, { name, place }: Parameter): string {
  const [address = "", mask] = text.split("|");
  const written = mask === undefined ? address : `${address}/${bitsOf(mask) ?? mask}`;
  if (parseNetwork(written) === undefined)
    throw badInput(place, `${name}: ${text} is not an address with a mask`);
  return written;
}

/** Addresses with masks, with blanks or commas between them. */
export const networkList = (parameter: Parameter, text = parameter.value): string[] =>
  words(text).map((word) => networkOf(word, parameter));

/** How many bits a mask keeps; undefined where they are not the first ones. */
function bitsOf(mask: string): number | undefined {
  const network = parseNetwork(`0.0.0.0/${mask}`);
  if (network === undefined) return undefined;
  const bits = [...network.mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}
