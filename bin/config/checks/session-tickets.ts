import { readFileSync } from "node:fs";
import type { InstanceConfig } from "../../../edge-proxy/config/instance.ts";
import { unsharedTickets } from "../../../edge-proxy/transport/ticket-keys.ts";
import type { Fault, Path } from "../mistakes.ts";
import { withoutLineEnd } from "../secret-text.ts";
import { readableDomains } from "./domain-trust.ts";
import { secret } from "./files.ts";

/** A shorter secret could be guessed from a ticket. */
const SECRET_CHARACTERS = 32;

/** Checks the secret of an instance's session tickets. */
export function checkTicketSecret({ tls }: InstanceConfig, here: Path): Fault[] {
  const file = tls?.ticketSecretFile;
  const path = [...here, "tls", "ticketSecretFile"];
  const faults = secret(file, path);
  if (file === undefined || faults.length > 0) return faults;
  const { length } = withoutLineEnd(readFileSync(file, "utf8"));
  if (length >= SECRET_CHARACTERS) return [];
  const text = `${file} has ${length} characters; at least ${SECRET_CHARACTERS} are needed (openssl rand -base64 48)`;
  return [{ path, text }];
}

/** Session tickets that are not shared, though a secret is configured. */
export function ticketWarnings(instance: InstanceConfig): string[] {
  if (instance.tls?.ticketSecretFile === undefined) return [];
  const needsServerName = readableDomains(instance).some(({ place }) => place.by.startsWith("sni"));
  const warning = unsharedTickets(needsServerName);
  return warning === undefined ? [] : [warning];
}
