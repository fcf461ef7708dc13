import { expect, test } from "vitest";
import { certificateSteps } from "../../../edge-proxy/identity/certmap/certificate-searches.ts";
import { chooseMap, parseCertmap } from "../../../edge-proxy/identity/certmap/certmap-file.ts";
import { parseDn } from "../../../edge-proxy/identity/certmap/dn-text.ts";
import type { PresentedCertificate } from "../../../edge-proxy/identity/certmap/presented-names.ts";
import { filterText } from "../../../edge-proxy/identity/filter-text.ts";
import { parseVdmap } from "../../../edge-proxy/identity/virtual-domains/vdmap.ts";
import { type Example, examplesOf, schemaFaults } from "./examples.ts";

const PAGE = "certificates.md";

function dnOf(text: string) {
  const parsed = parseDn(text);
  if (!parsed.ok) throw new Error(parsed.fault.text);
  return parsed.format;
}

interface Mapping {
  certmap: string;
  issuer: string;
  subject: string;
  searches: string[];
}

/** Each mapping with the certmap that stands before it. */
function mappingsOf(examples: readonly Example[]): Mapping[] {
  let certmap = "";
  return examples.flatMap(({ language, text }) => {
    if (language === "certmap") certmap = text;
    if (language !== "mapping") return [];
    return text.split("\n\n").map((paragraph) => {
      const said = (key: string) =>
        [...paragraph.matchAll(new RegExp(`^${key} +(.*)$`, "gm"))].map(([, value = ""]) => value);
      return {
        certmap,
        issuer: said("issuer")[0] ?? "",
        subject: said("subject")[0] ?? "",
        searches: said("search"),
      };
    });
  });
}

const examples = examplesOf(PAGE);

test.each(examples)("the example $language is one that a test reads", ({ language, text }) => {
  if (language === "yaml") expect(schemaFaults(text)).toBeNull();
  else if (language === "certmap") expect(parseCertmap(text)).toMatchObject({ ok: true, ignored: [] });
  else if (language === "vdmap") expect(parseVdmap(text)).toMatchObject({ ok: true });
  else expect(language).toBe("mapping");
});

test.each(mappingsOf(examples))("$issuer, $subject: $searches", ({ certmap, issuer, subject, searches }) => {
  const read = parseCertmap(certmap);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const certificate: PresentedCertificate = {
    der: Uint8Array.of(0x30, 0),
    fingerprint: "…",
    subject: dnOf(subject),
    issuer: dnOf(issuer),
  };
  const steps = certificateSteps(chooseMap(read.certmap, certificate.issuer), certificate);
  const told = steps.map((step) => {
    if (step.is !== "search") return step.is;
    const { match, base, certificate: held } = step.search;
    const below = base === undefined ? "" : ` below ${base}`;
    return `${filterText(match)}${below}${held === undefined ? "" : " with certificate"}`;
  });
  expect(told).toEqual(searches);
});
