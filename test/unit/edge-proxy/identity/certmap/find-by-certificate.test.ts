import { describe, expect, test } from "vitest";
import { findByCertificate } from "../../../../../edge-proxy/identity/certmap/find-by-certificate.ts";
import { stepsOf, told } from "./maps.ts";

describe("what becomes of a login by certificate", () => {
  type Answers = Record<string, "route" | "ambiguous" | "unavailable">;
  const BY_UID = ["DNComps", "FilterComps uid"];
  const VERIFIED = "(&(certificate=f00d)(uid=a)) with certificate";

  test.each<[string, string[], Answers, verdict: string, asked: string[]]>([
    ["8: one entry", BY_UID, { "(uid=a)": "route" }, "found", ["(uid=a)"]],
    ["none", BY_UID, {}, "certificate-unmapped", ["(uid=a)"]],
    ["7: more than one", BY_UID, { "(uid=a)": "ambiguous" }, "certificate-ambiguous", ["(uid=a)"]],
    ["the API is out", BY_UID, { "(uid=a)": "unavailable" }, "unavailable", ["(uid=a)"]],
    ["5: found by subject", [...BY_UID, "CmapLdapAttr x"], { "(x=uid=a)": "route" }, "found", ["(x=uid=a)"]],
    [
      "5: no match falls through",
      [...BY_UID, "CmapLdapAttr x"],
      { "(uid=a)": "route" },
      "found",
      ["(x=uid=a)", "(uid=a)"],
    ],
    [
      "5: several do not",
      [...BY_UID, "CmapLdapAttr x"],
      { "(x=uid=a)": "ambiguous" },
      "certificate-ambiguous",
      ["(x=uid=a)"],
    ],
    [
      "6: a miss under a base is not tried more widely",
      ["FilterComps uid"],
      {},
      "certificate-unmapped",
      ["(uid=a) below uid=a"],
    ],
    ["7: verified", [...BY_UID, "verifycert on"], { [VERIFIED]: "route" }, "found", [VERIFIED]],
    [
      "7: the entry has another certificate",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "route" },
      "certificate-differs",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: none of several has it",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "ambiguous" },
      "certificate-differs",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: no entry to verify",
      [...BY_UID, "verifycert on"],
      {},
      "certificate-unmapped",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: the API goes out",
      [...BY_UID, "verifycert on"],
      { "(uid=a)": "unavailable" },
      "unavailable",
      [VERIFIED, "(uid=a)"],
    ],
    [
      "7: a failure is final",
      [...BY_UID, "CmapLdapAttr x", "verifycert on"],
      { "(x=uid=a)": "route", [VERIFIED]: "route" },
      "certificate-differs",
      ["(&(certificate=f00d)(x=uid=a)) with certificate", "(x=uid=a)"],
    ],
    ["4: nothing to search", ["DNComps c", "FilterComps uid"], {}, "certificate-unmapped", []],
    ["any entry", ["DNComps"], {}, "certificate-not-searchable", []],
  ])("step %s", (_, properties, answers, verdict, asked) => {
    const run = findByCertificate<{ is: "route" | "ambiguous" | "unavailable" | "unknown" }>(
      stepsOf(properties, "uid=a"),
    );
    const heard: string[] = [];
    let turn = run.next();
    while (!turn.done) {
      const search = told(turn.value);
      heard.push(search);
      turn = run.next({ is: answers[search] ?? "unknown" });
    }
    expect(turn.value.is === "refused" ? turn.value.reason : turn.value.is).toBe(verdict);
    expect(heard).toEqual(asked);
  });
});
