/** What is wrong with the text of a secret's file, which must be one line; undefined if nothing is. Never shows the text. */
export function secretLineFault(text: string): string | undefined {
  const secret = withoutLineEnd(text);
  if (secret.trim() === "") return "is empty";
  const lines = secret.split("\n").length;
  return lines > 1 ? `has ${lines} lines; a secret is one line` : undefined;
}

/** The same for a secret that goes into headers or LDAP binds, which must be of ASCII characters. */
export function asciiSecretFault(text: string): string | undefined {
  const isAscii = /^[\x20-\x7e]*$/.test(withoutLineEnd(text));
  return secretLineFault(text) ?? (isAscii ? undefined : "must contain printable ASCII characters only");
}

/** A secret without the line end of its file. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, "");
