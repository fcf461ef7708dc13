import { describe, expect, test } from "vitest";
import type {
  Back,
  BackAction,
  BackTask,
  ClientId,
  ForwardedClient,
  StoreCredentials,
  StoreOutcome,
} from "../../../../edge-proxy/protocol/dialogue.ts";
import { createImapBack } from "../../../../edge-proxy/protocol/imap/back.ts";
import { decodeOctets, encodeOctets, SecretOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { createPop3Back } from "../../../../edge-proxy/protocol/pop3/back.ts";
import { cuts, Recorder, readTranscripts, type Transcript } from "./transcript.ts";

function credentials({ settings }: Transcript): StoreCredentials {
  const mechanism = settings.get("exchange");
  if (mechanism !== undefined)
    return { kind: "exchange", mechanism, initial: new SecretOctets("aW5pdGlhbA==") };
  const authorizationId = settings.get("authzid");
  return {
    kind: "password",
    user: settings.get("user") ?? "alice",
    password: new SecretOctets((settings.get("password") ?? "secret").replace("\\xff", "\xff")),
    ...(authorizationId === undefined ? {} : { authorizationId }),
  };
}

const CLIENT: ForwardedClient = {
  sid: "s-1",
  address: "2001:db8::1",
  port: 4711,
  localAddress: "192.0.2.1",
  localPort: 993,
  hopsLeft: 4,
};
const CLIENT_ID: ClientId = new Map([
  ["name", 'A "client"'],
  ["version", undefined],
  ["x-originating-ip", "10.0.0.1"],
  ["os", "a\r\nM LOGOUT"],
  ["vendor", "\xe9"],
]);

function describeAction(action: BackAction): string {
  switch (action.do) {
    case "challenge":
      return `challenge ${action.message}`.trimEnd();
    case "outcome":
      return describeOutcome(action.outcome);
    default:
      return action.do;
  }
}

function describeOutcome(outcome: StoreOutcome): string {
  if (!outcome.ok) return [`fail ${outcome.failure} ${outcome.code}`, ...outcome.alerts].join(" | ");
  return [`ok ${outcome.text}`, ...outcome.untagged.trimEnd().split("\r\n")].join(" | ").replace(/ \| $/, "");
}

/** Plays the store's part of a transcript against a back, cut as told, and writes down all that happens. */
function play(back: Back, transcript: Transcript, cut: (bytes: Uint8Array) => Uint8Array[]): Recorder {
  const record = new Recorder();
  const take = (actions: BackAction[]): void => {
    for (const action of actions) {
      if (action.do === "write") record.add("client", decodeOctets(action.bytes));
      else record.add("action", describeAction(action));
    }
  };
  for (const step of transcript.steps) {
    if (step.kind === "server") {
      record.add("server", step.text);
      for (const bytes of cut(encodeOctets(step.text))) take(back.receive(bytes));
    } else if (step.kind === "event") {
      record.add("event", step.text);
      const [word, rest] = step.text.split(" ");
      if (word === "secured") take(back.secured());
      else if (word === "respond")
        take(back.respond(rest === undefined ? undefined : new SecretOctets(rest)));
      else if (word === "ended") {
        const outcome = back.ended(rest === "timeout" ? rest : "closed");
        record.add("action", outcome === undefined ? "nothing" : describeOutcome(outcome));
      } else if (word === "rest")
        expect(decodeOctets(back.rest())).toBe(step.text.slice(5).replaceAll("\\r\\n", "\r\n"));
    }
  }
  return record;
}

describe.each([["imap-back", createImapBack] as const, ["pop3-back", createPop3Back] as const])(
  "%s",
  (folder, create) => {
    test.each(readTranscripts(folder).map((transcript) => [transcript.name, transcript] as const))(
      "%s, cut at every byte",
      (_name, transcript) => {
        const longest = Math.max(...transcript.steps.map(({ text }) => text.length));
        const task = {
          credentials: credentials(transcript),
          startTls: transcript.settings.get("starttls") === "yes",
          replay: (transcript.settings.get("replay") ?? "auto") as BackTask["replay"],
          client: transcript.settings.has("client") ? CLIENT : undefined,
          clientId:
            transcript.settings.has("client") || transcript.settings.has("id") ? CLIENT_ID : new Map(),
          asksCapabilities: transcript.settings.get("capa") !== "no",
        };
        // Where a transcript is about bytes that came together, cutting them apart tells another story.
        const ways =
          transcript.settings.get("cut") === "no" ? [(bytes: Uint8Array) => [bytes]] : cuts(longest);
        for (const cut of ways) {
          const back = create(task);
          expect(play(back, transcript, cut).steps).toEqual(transcript.steps);
        }
      },
    );
  },
);
