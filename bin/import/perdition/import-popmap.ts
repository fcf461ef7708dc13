import { basename } from "node:path";
import { assume, createDraft, type Draft, put, todo } from "../draft.ts";
import { badInput, type Finding } from "../finding.ts";
import type { InputFile } from "../input.ts";
import { STORE_USER, usersLdif } from "../users-ldif.ts";
import { type PopmapEntry, parsePopmap } from "./popmap.ts";

const POP3_PORTS = [110, 995];
const TLS_PORTS = [993, 995];

/** Turns a Perdition popmap into an LDIF directory of its users, with their stores. */
export function importPopmap(files: readonly InputFile[]): Draft {
  const entries = files.flatMap(parsePopmap);
  if (entries.length === 0) throw badInput({ file: files[0]?.path ?? "popmap", line: 1 }, "has no users");
  const draft = createDraft(`a Perdition popmap (${files.map(({ path }) => basename(path)).join(", ")})`);
  draft.files.set("users.ldif", { content: usersLdif(entries, storeName, "popmap"), secret: false });
  put(draft, "directory.ldif", "./users.ldif");
  put(draft, "directory.loginAttributes", ["mail", "uid"]);
  put(draft, "directory.accountAttributes", [STORE_USER, "mail", "uid"]);
  draft.configuration.stores = storesOf(entries);
  put(draft, "instances.main.listeners", [
    { protocol: "imap", port: 143, tls: "none" },
    { protocol: "pop3", port: 110, tls: "none" },
  ]);
  put(draft, "instances.main.allowPlaintextLogin", true);
  draft.comments.set("directory", "The users of the popmap; or set your LDAP directory.");
  draft.comments.set("instances.main.allowPlaintextLogin", "Set to false once clients use TLS.");
  assume(
    draft,
    "the listeners are 143 and 110 without TLS, because a popmap does not say how Perdition listened.",
  );
  todo(
    draft,
    "Set listeners, tls and allowPlaintextLogin of instances.main as perdition.conf had them (listen_port, ssl_mode, ssl_cert_file, ssl_key_file).",
  );
  todo(draft, "Set imap.tls and pop3.tls of the stores as ssl_mode had it (ssl_outgoing, tls_outgoing).");
  draft.findings = entries.map(findingOf);
  return draft;
}

/** A store is a host or, if the popmap has a port, that port of a host; a mailHost cannot have a port itself. */
const storeName = ({ host, port }: PopmapEntry): string => (port === undefined ? host : `${host}-${port}`);

function storesOf(entries: readonly PopmapEntry[]): Record<string, unknown> {
  const stores: Record<string, unknown> = {};
  for (const entry of entries) {
    const { host, port } = entry;
    if (port !== undefined) {
      const service = { port, tls: TLS_PORTS.includes(port) ? "implicit" : "none" };
      stores[storeName(entry)] = { address: host, [protocolOf(port)]: service };
    }
  }
  stores["*"] = { imap: { port: 143, tls: "none" }, pop3: { port: 110, tls: "none" } };
  return stores;
}

const protocolOf = (port: number): "imap" | "pop3" => (POP3_PORTS.includes(port) ? "pop3" : "imap");

function findingOf(entry: PopmapEntry): Finding {
  const { place, key, port } = entry;
  const named = { place, name: key, field: `users.ldif, store ${storeName(entry)}` };
  if (port === undefined) return { ...named, fate: "carried" };
  return {
    ...named,
    fate: "changed",
    note: `the store has ${protocolOf(port)} only, on this port: add the other protocol if users need it`,
  };
}
