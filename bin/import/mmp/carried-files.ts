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

/** Copies the virtual domain file unchanged. */
export const virtualDomains: ReadRow = (parameter, target): Outcome => {
  const outcome = copyBeside(parameter, target, "vdmap");
  const text = copied(outcome, target);
  if (text === undefined) return outcome;
  const read = parseVdmap(text);
  if (!read.ok) return leftOut(parameter, target, outcome, read.faults);
  for (const { overrides } of read.domains) {
    const { searchFormat, replayFormat, certmapFile } = overrides;
    if (searchFormat !== undefined) keepAttributes(target.draft, searchedAttributes(searchFormat));
    if (replayFormat !== undefined) keepAttributes(target.draft, replayedAttributes(replayFormat));
    if (certmapFile !== undefined)
      todo(
        target.draft,
        `Copy ${certmapFile}, which the virtual domain file names, to the folder of mmp.yaml.`,
      );
  }
  return outcome;
};

/** Copies certmap.conf, and sets what logins by certificate need besides. */
export const certificateMaps: ReadRow = (parameter, target): Outcome => {
  const { draft, instance } = target;
  const enable = target.parameter("SSLEnable");
  if (enable === undefined || !yesNo(enable)) {
    return { fate: "none", note: "without SSLEnable, clients could not present certificates" };
  }
  if (target.parameter("StoreAdmin") === undefined || target.parameter("StoreAdminPass") === undefined) {
    return {
      fate: "changed",
      note: "left out, because logins by certificate need StoreAdmin and StoreAdminPass",
    };
  }
  const outcome = copyBeside(parameter, target, "certmap.conf");
  const text = copied(outcome, target);
  if (text === undefined) return outcome;
  const read = parseCertmap(text);
  if (!read.ok) return leftOut(parameter, target, outcome, read.faults);
  keepAttributes(draft, mappedAttributes(read.certmap));
  put(draft, `instances.${instance}.tls.clientCaFile`, "./certificates/client-ca.crt");
  put(draft, `instances.${instance}.mechanisms`, ["PLAIN", "LOGIN", "EXTERNAL"]);
  todo(
    draft,
    'Put the CAs that sign client certificates into certificates/client-ca.crt, in PEM, one after the other. To export each from the certificate database: certutil -L -d DATABASE-FOLDER -n "NAME OF THE CA" -a',
  );
  return outcome;
};

/** The base for maps whose DNComps is empty. */
export const certificateBase: ReadRow = ({ value }, { draft, instance }): Outcome => {
  const tls = (draft.configuration.instances as Record<string, { tls?: { certmapFile?: string } }>)[instance]
    ?.tls;
  if (tls?.certmapFile !== undefined) return { value };
  return { fate: "changed", note: "left out, like CertMapFile" };
};

/** The text of a copied file. */
function copied({ value }: Outcome, { draft }: Target): string | undefined {
  const content =
    typeof value === "string" ? draft.files.get(value.replace(/^\.\//, ""))?.content : undefined;
  return content === undefined ? undefined : Buffer.from(content).toString("utf8");
}

/** The file is copied all the same, but some of its lines must be changed before the field can be set. */
function leftOut(
  { name, value }: Parameter,
  { draft, instance }: Target,
  { value: copy }: Outcome,
  faults: readonly FileFault[],
): Outcome {
  const lines = faults.map(({ line, text }) => `line ${line}: ${text}`).join("; ");
  todo(draft, `${name} of instance ${instance}: change ${copy}, then set the field: ${lines}.`);
  const numbers = faults.map(({ line }) => line).join(", ");
  return {
    fate: "changed",
    note: `copied, but the field is left out: see what to do about line ${numbers} of ${value}`,
  };
}
