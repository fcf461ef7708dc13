import { expect, test } from "vitest";
import { answerProbe } from "../../../../edge-proxy/instances/answer-probe.ts";
import { Answer } from "../../../../route-api/contract/questions.ts";
import { makeRig, type RigOptions } from "./session-rig.ts";

const imap = (more: object = {}): RigOptions => ({
  stores: { store1: { address: "10.0.0.1", imap: { port: 143, tls: "none" }, ...more } },
});

function probe(options: RigOptions, store = "store1") {
  const rig = makeRig(options);
  const protocol = options.protocol ?? "imap";
  const servicesFor = (asked: unknown) => (asked === protocol ? rig.services : undefined);
  const answer = answerProbe(new Map([["main", { servicesFor }]]), { selection: { store }, ttlMs: 2000 });
  /** In words that the contract allows. */
  const probed = async () => {
    const read = Answer.parse(await answer);
    return read.ask === "probe" ? read.probes : [];
  };
  return { rig, probed };
}

const REACHED = { ok: true, reached: "capability" };

test.each<[string, RigOptions, string[], string]>([
  ["IMAP, capabilities in the greeting", imap(), ["* OK [CAPABILITY IMAP4rev1 ID AUTH=PLAIN] hi\r\n"], ""],
  [
    "IMAP, capabilities asked for",
    imap(),
    ["* OK hi\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nC OK done\r\n"],
    "C CAPABILITY\r\n",
  ],
  [
    "POP3",
    {
      protocol: "pop3",
      stores: { store1: { address: "10.0.0.1", pop3: { port: 110, tls: "none" } } },
    },
    ["+OK hi\r\n", "+OK\r\nSASL PLAIN\r\nUSER\r\n.\r\n"],
    "CAPA\r\n",
  ],
])("goes as far as a login would, and sends none: %s", async (_what, options, lines, sent) => {
  const { rig, probed } = probe(options);
  const store = rig.transport.last;
  store.accepts();
  for (const line of lines) store.says(line);
  expect(await probed()).toMatchObject([{ ...REACHED, host: "10.0.0.1" }]);
  expect(store.sent).toBe(sent);
  expect(store.calls).toContain("destroy");
  expect(rig.services.stores.places.inUse()).toEqual([]);
});

test("says how far it got where the store does not serve", async () => {
  const { rig, probed } = probe(imap());
  rig.transport.last.accepts();
  rig.transport.last.says("* BYE overloaded\r\n");
  expect(await probed()).toMatchObject([{ ok: false, code: "store-not-ready", reached: "connect" }]);
  expect(rig.services.stores.health.size).toBe(0);
});

test("a store that is silent takes no more than three quarters of the time", async () => {
  const { rig, probed } = probe(imap({ address: ["10.0.0.1", "10.0.0.2"] }));
  rig.transport.last.accepts();
  rig.passes(1.5);
  expect(await probed()).toMatchObject([
    { ok: false, code: "store-timeout", host: "10.0.0.1", reached: "connect" },
    { ok: false, code: "store-timeout", host: "10.0.0.2" },
  ]);
  expect(rig.services.stores.health.size).toBe(0);
});

test("a store that cannot do what a login needs is not reached", async () => {
  const { rig, probed } = probe(imap());
  rig.transport.last.accepts();
  rig.transport.last.says("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n");
  expect(await probed()).toMatchObject([{ ok: false, code: "store-unsupported", reached: "auth" }]);
  expect(rig.transport.last.sent).toBe("");
});

test("a store without an entry has no address", async () => {
  expect(await probe(imap(), "other").probed()).toEqual([]);
});
