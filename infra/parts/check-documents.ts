import { parse } from "yaml";
import type { Fault } from "../../bin/config/mistakes.ts";
import { Configuration } from "../../bin/config/schema.ts";
import { SECRET_BYTES } from "../config/quotas.ts";
import type { Documents } from "./mmp-yaml.ts";

/** Checks each part's mmp.yaml as mmp itself would, and that Secrets Manager can hold it. */
export const checkDocuments = (documents: Documents): Fault[] =>
  Object.entries(documents).flatMap(([part, document]) => {
    const bytes = Buffer.byteLength(JSON.stringify(document));
    if (bytes > SECRET_BYTES) {
      const text = `with these files the configuration of ${part} is ${bytes} bytes; a secret holds ${SECRET_BYTES}`;
      return [{ path: ["files"], text }];
    }
    const parsed = Configuration.safeParse(parse(document["mmp.yaml"] ?? ""));
    return (parsed.error?.issues ?? []).map(({ path, message }) => ({ path, text: message }));
  });
