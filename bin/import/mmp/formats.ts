const COMPARISON = /\(\s*([A-Za-z][A-Za-z0-9-]*)\s*(?:=|~=)([^()]*)\)/g;
/** Escapes of SearchFormat that stand for the user's name. */
const NAME = /%[sUo]/;
/** Escapes that stand for a property of the connection: client, server, certificate. */
const CONNECTION = /%[CSD]/;

/** What a SearchFormat looks for. */
export interface SearchAttributes {
  /** Attributes that are compared with the user's name. */
  attributes: string[];
  /** Comparisons with fixed values, as written. */
  rest: string[];
  /** Properties of the connection are compared too. */
  perConnection: boolean;
}

/** Attributes of a search filter such as `(&(objectclass=inetMailUser)(|(uid=%U)(mail=%s)))`. */
export function searchAttributes(format: string): SearchAttributes {
  const found: SearchAttributes = { attributes: [], rest: [], perConnection: false };
  for (const [whole, attribute = "", value = ""] of format.matchAll(COMPARISON)) {
    if (NAME.test(value)) found.attributes.push(attribute);
    else if (CONNECTION.test(value)) found.perConnection = true;
    else if (!value.includes("%")) found.rest.push(whole);
  }
  found.attributes = [...new Set(found.attributes)];
  return found;
}

/**
 * The attributes for account names, as logs and support show them: those closest to what a ReplayFormat makes. `logins`
 * are the attributes by which names are found.
 */
export function replayAccounts(
  format: string,
  logins: readonly string[] | undefined,
): { value?: string[]; note: string } {
  const [, attribute] = /^%A\[([A-Za-z][A-Za-z0-9-]*)\]$/.exec(format) ?? [];
  if (attribute !== undefined) {
    return { value: [attribute], note: `accounts are named by ${attribute}` };
  }
  if (format === "%U") {
    return {
      value: ["uid", "mail"],
      note: "accounts are named by uid",
    };
  }
  if (format === "%s" || format === "%o" || /^%U[@+%]%V$/.test(format)) {
    const value = logins?.includes("mail") === false ? ["uid", "mail"] : ["mail", "uid"];
    return { value, note: `accounts are named by ${value[0]}` };
  }
  return { note: `no attribute corresponds to ${format}; accounts are named as by default` };
}
