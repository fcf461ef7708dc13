import type { Change, Changes } from "../../../../../../route-api/contract/changes.ts";

/** A change of the account `name`. */
export const change = (name: string): Change => ({
  kind: "route",
  uuid: `u-${name}`,
  account: name,
  names: [name],
});

/** Accounts of the changes, "*" for any. */
export const namesOf = ({ changes }: Changes): string[] =>
  changes.map((each) => (each.kind === "route" ? each.account : "*"));
