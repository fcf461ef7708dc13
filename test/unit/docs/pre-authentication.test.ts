import { expect, test } from "vitest";
import { preAuthLine } from "../../../edge-proxy/pre-auth/log-line.ts";
import { examplesOf, schemaFaults } from "./examples.ts";

test.each(examplesOf("pre-authentication.md"))(
  "the example $language is right: $text",
  ({ language, text }) => {
    if (language === "yaml") return expect(schemaFaults(text)).toBeNull();
    expect(language).toBe("line");
    const at = new Date(2026, 10, 24, 1, 2, 3);
    const line = preAuthLine({ at, sid: "0a1b2c3d-1", user: "al@example.com", clientAddress: "192.0.2.1" });
    expect(text).toBe(`${line}\n`);
  },
);
