import type { Fault } from "../../bin/config/mistakes.ts";

/** What a file must not hold that ends up in a template, and what to call it. */
const SECRETS: readonly [pattern: RegExp, what: string][] = [
  // A virtual domain file's own password of a store administrator.
  [/^\s*[^\s:#]+:StoreAdminPass(\s|$)/i, "StoreAdminPass"],
  [/^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/, "a private key"],
];

/** Checks that a file of `files`, whose text everybody may read who may read the templates, holds no secret. */
export const checkPublicFile = (index: number, text: string): Fault[] =>
  text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .flatMap((content, number) =>
      SECRETS.filter(([pattern]) => pattern.test(content)).map(([, what]) => ({
        path: ["files", index],
        text: `holds ${what} in line ${number + 1}: files are not secret; list it in secrets instead`,
      })),
    );
