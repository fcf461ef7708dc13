import { expect, test } from "vitest";
import { HOST_NAME, mailHostFault } from "../../../../route-api/contract/host-names.ts";

test.each([
  ["mail.example.com", true, true],
  ["mail", true, true],
  ["_mail.example.com", true, true],
  ["xn--bcher-kva.example", true, true],
  [`${"a".repeat(63)}.example`, true, true],
  [`${"a".repeat(64)}.example`, false, true],
  [`${"a.".repeat(126)}a`, true, true],
  [`${"a.".repeat(127)}a`, false, true],
  ["Mail.Example.COM", false, true],
  ["mail.example.com.", false, true],
  ["-mail.example.com", false, true],
  ["[fd00::1]", false, true],
  ["fd00::1", false, true],
  ["192.0.2.1", true, true],
  ["mail.example.com:143", false, false],
  ["192.0.2.1:143", false, false],
  ["[fd00::1]:143", false, false],
  ["", false, false],
  ["mail example", false, false],
  ["mail/example", false, false],
  ["büro.example", false, false],
])("%j: a host name %s, a mailHost %s", (text, isHostName, isMailHost) => {
  expect([HOST_NAME.test(text), mailHostFault(text) === undefined]).toEqual([isHostName, isMailHost]);
});
