import { expect, test } from "vitest";
import { demoOptions } from "../../../bin/demo/options.ts";

const ADDRESS = { address: "127.0.0.1" };

test("a demo has its usual ports and folder, but for those that were chosen", () => {
  expect(demoOptions({ ...ADDRESS, apiPort: 9080 })).toEqual({
    ...ADDRESS,
    imapPort: 1143,
    imapsPort: 1993,
    pop3Port: 1110,
    pop3sPort: 1995,
    apiPort: 9080,
    data: "data/demo",
  });
});

test("a base moves all ports and the folder, but for those that were chosen", () => {
  expect(demoOptions({ ...ADDRESS, portBase: 20_000, pop3Port: 110, data: "here" })).toEqual({
    ...ADDRESS,
    imapPort: 20_143,
    imapsPort: 20_993,
    pop3Port: 110,
    pop3sPort: 20_995,
    apiPort: 20_080,
    data: "here",
  });
  expect(demoOptions({ ...ADDRESS, portBase: 20_000 }).data).toBe("data/demo-20000");
});
