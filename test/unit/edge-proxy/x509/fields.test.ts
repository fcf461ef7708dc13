import { expect, test } from "vitest";
import { derAt } from "../../../../edge-proxy/x509/der.ts";
import { derSerial } from "../../../../edge-proxy/x509/fields.ts";

test.each([
  ["020101", "01"],
  ["02020001", "01"],
  ["02017f", "7f"],
  // 255 and -1 are two numbers.
  ["020200ff", "00ff"],
  ["02030000ff", "00ff"],
  ["0201ff", "ff"],
  ["020100", "00"],
])("the serial number %s is known as %s", (hex, expected) => {
  const der = Buffer.from(hex, "hex");
  expect(derSerial(der, derAt(der, 0, der.length))).toBe(expected);
});
