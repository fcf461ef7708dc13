import type { Protocol } from "../../../route-api/contract/protocols.ts";
import { addTo, type Draft, put, secretFile } from "../draft.ts";
import type { Fate, Finding } from "../finding.ts";
import type { Parameter } from "./cfg-file.ts";

/** The instance that a service becomes, and what its rows may need. */
export interface Target {
  draft: Draft;
  instance: string;
  protocol: Protocol;
  /** The files are of version 6 or later, as far as they show. */
  sinceVersion6: boolean;
  /** Another parameter of the same service. */
  parameter(name: string): Parameter | undefined;
}

/** What a row makes of a parameter; without a fate, it is carried over. */
export interface Outcome {
  fate?: Fate;
  value?: unknown;
  /** The values of several services are gathered in one list. */
  gather?: true;
  /** Goes into a file of this name under secrets; the field holds its path. */
  secret?: { name: string; text: string };
  note?: string;
}

export type ReadRow = (parameter: Parameter, target: Target) => Outcome;

/** What becomes of one parameter. A parameter for several fields has several rows. */
export interface Row {
  name: string;
  /** `<name>` stands for the instance, `<protocol>` for imap or pop3. Without a field, the parameter has no meaning here. */
  field?: string;
  /** Only in this protocol's file. */
  only?: Protocol;
  /** The schema has no such field yet. Once it has, remove this. */
  pending?: true;
  /** True for a value that asks for what happens anyway. */
  idle?: (parameter: Parameter) => boolean;
  /** Why it has no meaning, or what applies until the field exists. */
  note?: string;
  read?: ReadRow;
}

/** A row whose value becomes the field's. */
export const carry = (name: string, field: string, value: (parameter: Parameter) => unknown): Row => ({
  name,
  field,
  read: (parameter) => ({ value: value(parameter) }),
});

/** A row for a parameter without meaning here. */
export const without = (name: string, note: string): Row => ({ name, note });

/** A parameter's text, unchanged. */
export const text = ({ value }: Parameter): string => value;

/** The field of a row in a target. */
export const fieldOf = ({ field }: Row, { instance, protocol }: Target): string | undefined =>
  field?.replaceAll("<name>", instance).replaceAll("<protocol>", protocol);

/** Puts a parameter into the draft, and returns what became of it. */
export function applyRow(row: Row, parameter: Parameter, target: Target): Finding {
  const { place, name, value } = parameter;
  const finding = (fate: Fate, note?: string, field?: string): Finding => ({
    place,
    name,
    fate,
    ...(field === undefined ? {} : { field }),
    ...(note === undefined ? {} : { note }),
  });
  if (row.idle?.(parameter) === true) return finding("none", `${value} is what happens anyway`);
  const field = fieldOf(row, target);
  if (row.pending === true) return finding("pending", row.note, field);
  if (row.read === undefined || field === undefined) return finding("none", row.note);
  const { fate = "carried", value: result, gather, secret, note = row.note } = row.read(parameter, target);
  if (fate === "none") return finding("none", note);
  if (gather === true) {
    addTo(target.draft, field, result as string[]);
    return finding(fate, note, field);
  }
  const wanted = secret === undefined ? result : `./secrets/${secret.name}`;
  if (wanted === undefined) return finding(fate, note, field);
  const done = put(target.draft, field, wanted, place);
  if (done === "differs" || (secret !== undefined && done === "same" && !sameSecret(target.draft, secret))) {
    return finding(
      "changed",
      "there is one value for all services; another file's is used, and this one differs",
      field,
    );
  }
  if (secret !== undefined) secretFile(target.draft, secret.name, secret.text);
  return finding(fate, note, field);
}

const sameSecret = ({ files }: Draft, { name, text: secret }: { name: string; text: string }): boolean =>
  files.get(`secrets/${name}`)?.content === `${secret}\n`;
