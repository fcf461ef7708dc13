import { valueAt } from "../../../../bin/import/draft.ts";
import type { Finding } from "../../../../bin/import/finding.ts";
import { type Imported, importConfiguration } from "../../../../bin/import/import.ts";
import type { Kind } from "../../../../bin/import/kinds.ts";

/** Imports texts by file name. */
export const importTexts = (kind: Kind, texts: Record<string, string>): Imported =>
  importConfiguration(
    kind,
    Object.entries(texts).map(([path, text]) => ({ path, text })),
  );

/** The value of a field of the result. */
export const field = ({ draft }: Imported, name: string): unknown => valueAt(draft, name);

/** Findings of a parameter. */
export const findings = ({ draft }: Imported, name: string): Finding[] =>
  draft.findings.filter((finding) => finding.name.toLowerCase() === name.toLowerCase());

/** Text of a file of the result. */
export const fileText = ({ files }: Imported, name: string): string => String(files.get(name)?.content);
