import { importDovecot } from "./dovecot/import-dovecot.ts";
import type { Draft, ExtraFile } from "./draft.ts";
import type { InputFile } from "./input.ts";
import type { Kind } from "./kinds.ts";
import { importMmp } from "./mmp/import-mmp.ts";
import { importNginx } from "./nginx/import-nginx.ts";
import { importPopmap } from "./perdition/import-popmap.ts";
import { permitClearText } from "./permit-clear-text.ts";
import { reportText } from "./report.ts";
import { validate } from "./validate.ts";
import { yamlText } from "./yaml-text.ts";

const IMPORTERS: Record<Kind, (files: readonly InputFile[]) => Draft> = {
  mmp: importMmp,
  perdition: importPopmap,
  nginx: importNginx,
  dovecot: importDovecot,
};

export interface Imported {
  draft: Draft;
  /** All files of the result, by their path within its folder. */
  files: Map<string, ExtraFile>;
}

/** Turns an old configuration into a new one, in memory. Throws a Failure with file and line if it is invalid. */
export function importConfiguration(kind: Kind, input: readonly InputFile[]): Imported {
  const draft = IMPORTERS[kind](input);
  validate(draft);
  permitClearText(draft);
  return {
    draft,
    files: new Map<string, ExtraFile>([
      ["mmp.yaml", { content: yamlText(draft), secret: false }],
      ["import-report.txt", { content: reportText(draft), secret: false }],
      ...draft.files,
    ]),
  };
}
