import { describe, expect, test } from "vitest";
import type { Channel, Front, FrontAction, LoginOutcome } from "../../../../edge-proxy/protocol/dialogue.ts";
import { imapFronts } from "../../../../edge-proxy/protocol/imap/front.ts";
import { decodeOctets, encodeOctets } from "../../../../edge-proxy/protocol/octets.ts";
import { pop3Fronts } from "../../../../edge-proxy/protocol/pop3/front.ts";
import { cuts, Recorder, readTranscripts, type Transcript } from "./transcript.ts";

const limits = {
  lineBytes: 256,
  tokenLineBytes: 2048,
  idBytes: 384,
  literalBytes: 64,
  badCommands: 3,
  wrongPasswords: 3,
};

const ALL_MECHANISMS = "PLAIN LOGIN EXTERNAL XOAUTH2 OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256";

function profile({ settings }: Transcript) {
  return {
    banner: "ready",
    mechanisms: (settings.get("mechanisms") ?? ALL_MECHANISMS).split(" "),
    startTls: settings.get("starttls") === "yes",
    allowPlaintextLogin: settings.get("plaintext") === "yes",
    limits,
    capabilities: ["IMAP4rev1", "ID"],
    serverDownAlert: "Your store is down.",
    spoofMessage: settings.has("spoof")
      ? { lines: ["Subject: down", "", ".wait"], octets: 25, uid: "notice-1" }
      : undefined,
  };
}

function describeAction(action: FrontAction): string {
  switch (action.do) {
    case "login": {
      const { credentials } = action;
      const secret =
        credentials.kind === "password"
          ? credentials.password.reveal()
          : credentials.kind === "exchange"
            ? credentials.initial.reveal()
            : "";
      const { authorizationId: other } = credentials.kind === "external" ? {} : credentials;
      const whom = other === undefined ? "" : ` for ${other}`;
      const words = ["login", credentials.mechanism, credentials.user, secret];
      return words.filter((word) => word !== "").join(" ") + whom;
    }
    case "identify": {
      const { id, hops } = action.client;
      return `identify ${JSON.stringify([...id])}${hops === undefined ? "" : ` hops ${hops}`}`;
    }
    case "respond":
      return `respond ${action.message?.reveal() ?? "nothing"}`;
    case "close":
      return `close ${action.reason}`;
    default:
      return action.do;
  }
}

/** Plays the client's part of a transcript against a front, cut as told, and writes down all that happens. */
function play(front: Front, transcript: Transcript, cut: (bytes: Uint8Array) => Uint8Array[]): Recorder {
  const record = new Recorder();
  const take = (actions: FrontAction[]): void => {
    for (const action of actions) {
      if (action.do === "write") record.add("server", decodeOctets(action.bytes));
      else record.add("action", describeAction(action));
    }
  };
  take(front.open((transcript.settings.get("channel") ?? "clear") as Channel));
  for (const step of transcript.steps) {
    if (step.kind === "client") {
      record.add("client", step.text);
      for (const bytes of cut(encodeOctets(step.text))) take(front.receive(bytes));
    } else if (step.kind === "event") {
      record.add("event", step.text);
      take(event(front, step.text));
    }
  }
  return record;
}

function event(front: Front, text: string): FrontAction[] {
  const [, word, rest = ""] = /^(\S+) ?(.*)$/.exec(text) ?? [];
  if (word === "secured") return front.secured(rest === "certificate" ? "tls-with-certificate" : "tls");
  if (word === "challenge") return front.challenge(rest);
  if (word === "rest") {
    expect(decodeOctets(front.rest())).toBe(rest.replaceAll("\\r\\n", "\r\n"));
    return [];
  }
  const [said = "", ...alerts] = rest.split(" | ");
  const outcome =
    word === "ok"
      ? { ok: true, text: said, untagged: alerts.map((alert) => `* ${alert}\r\n`).join("") }
      : { ok: false, failure: said, alerts };
  return front.answer(outcome as LoginOutcome);
}

describe.each([["imap-front", imapFronts] as const, ["pop3-front", pop3Fronts] as const])(
  "%s",
  (folder, create) => {
    test.each(readTranscripts(folder).map((transcript) => [transcript.name, transcript] as const))(
      "%s, cut at every byte",
      (_name, transcript) => {
        const longest = Math.max(...transcript.steps.map(({ text }) => text.length));
        // Where a transcript is about bytes that came together, cutting them apart tells another story.
        const ways =
          transcript.settings.get("cut") === "no" ? [(bytes: Uint8Array) => [bytes]] : cuts(longest);
        for (const cut of ways) {
          expect(play(create(profile(transcript))(), transcript, cut).steps).toEqual(transcript.steps);
        }
      },
    );
  },
);
