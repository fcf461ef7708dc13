import { mappedAttributes, parseCertmap } from "../../../edge-proxy/identity/certmap/certmap-file.ts";
import { replayedAttributes } from "../../../edge-proxy/identity/replay-format.ts";
import { searchedAttributes } from "../../../edge-proxy/identity/search-format.ts";
import type { FileFault } from "../../../edge-proxy/identity/sections.ts";
import { parseVdmap } from "../../../edge-proxy/identity/virtual-domains/vdmap.ts";
import { put, todo } from "../draft.ts";
import { keepAttributes } from "./carried-formats.ts";
import type { Parameter } from "./cfg-file.ts";
import { copyBeside } from "./copy-beside.ts";
import type { Outcome, ReadRow, Target } from "./row.ts";
import { yesNo } from "./values.ts";

/** The virtual domain file, beside mmp.yaml as it is. */
export const virtualDomains: ReadRow = (parameter, target): Outcome => {
  const outcome = copyBeside(parameter, target, "vdmap");
  const text = copied(outcome, target);
  if (text === undefined) return outcome;
  const read = parseVdmap(text);
  if (!read.ok) return leftOut(parameter, target, outcome, read.fault);
  for (const { overrides } of read.domains) {
    const { searchFormat, replayFormat, certmapFile } = overrides;
    if (searchFormat !== undefined) keepAttributes(target.draft, searchedAttributes(searchFormat));
    if (replayFormat !== undefined) keepAttributes(target.draft, replayedAttributes(replayFormat));
    if (certmapFile !== undefined)
      todo(target.draft, `Copy ${certmapFile}, which the virtual domains name, beside mmp.yaml.`);
  }
  return outcome;
};

/** certmap.conf, with what logins by certificate need beside it. */
export const certificateMaps: ReadRow = (parameter, target): Outcome => {
  const { draft, instance } = target;
  const enable = target.parameter("SSLEnable");
  if (enable === undefined || !yesNo(enable)) {
    return { fate: "none", note: "without SSLEnable no client could show a certificate" };
  }
  if (target.parameter("StoreAdmin") === undefined || target.parameter("StoreAdminPass") === undefined) {
    return { fate: "changed", note: "left out: logins by certificate need StoreAdmin and StoreAdminPass" };
  }
  const outcome = copyBeside(parameter, target, "certmap.conf");
  const text = copied(outcome, target);
  if (text === undefined) return outcome;
  const read = parseCertmap(text);
  if (!read.ok) return leftOut(parameter, target, outcome, read.fault);
  keepAttributes(draft, mappedAttributes(read.certmap));
  put(draft, `instances.${instance}.tls.clientCaFile`, "./certificates/client-ca.crt");
  put(draft, `instances.${instance}.mechanisms`, ["PLAIN", "LOGIN", "EXTERNAL"]);
  todo(
    draft,
    'Put the CAs that sign clients\' certificates into certificates/client-ca.crt, PEM, one behind the other. Out of the certificate database: certutil -L -d DATABASE-FOLDER -n "NAME OF THE CA" -a',
  );
  return outcome;
};

/** Where a map whose DNComps is empty searches. */
export const certificateBase: ReadRow = ({ value }, { draft, instance }): Outcome => {
  const tls = (draft.configuration.instances as Record<string, { tls?: { certmapFile?: string } }>)[instance]
    ?.tls;
  if (tls?.certmapFile !== undefined) return { value };
  return { fate: "changed", note: "left out, as CertMapFile is" };
};

/** The text of a file that was copied. */
function copied({ value }: Outcome, { draft }: Target): string | undefined {
  const content =
    typeof value === "string" ? draft.files.get(value.replace(/^\.\//, ""))?.content : undefined;
  return content === undefined ? undefined : Buffer.from(content).toString("utf8");
}

/** It is copied all the same: a line of it must be changed before the field can be set. */
function leftOut(
  { name, value }: Parameter,
  { draft, instance }: Target,
  { value: copy }: Outcome,
  { line, text }: FileFault,
): Outcome {
  todo(
    draft,
    `${name} of instance ${instance}: line ${line} of ${copy} ${text}. Change it, then set the field.`,
  );
  return { fate: "changed", note: `copied, and left out: line ${line} of ${value} cannot be read` };
}
