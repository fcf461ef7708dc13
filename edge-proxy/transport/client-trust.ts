import { createHash, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { policyOptions } from "./tls-policy.ts";
import type { ClientTrust } from "./transport.ts";

const contexts = new WeakMap<ClientTrust, SecureContext>();

/** The TLS context of a trust, made once: parsing CA certificates costs more than a handshake. TLS 1.2 or newer. */
export function clientContext(trust: ClientTrust): SecureContext {
  const known = contexts.get(trust);
  if (known !== undefined) return known;
  const { ca, certificate, policy } = trust;
  const context = createSecureContext({
    ...policyOptions(policy),
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : certificate),
  });
  contexts.set(trust, context);
  return context;
}

/** What is wrong with a server's certificate (DER) if the trust pins a key; undefined if nothing is. */
export function pinFault(
  { pinnedKey }: ClientTrust,
  certificate: Uint8Array | undefined,
): string | undefined {
  if (pinnedKey === undefined) return undefined;
  if (certificate === undefined) return "the server presented no certificate";
  const { publicKey } = new X509Certificate(certificate);
  const digest = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  return digest === pinnedKey
    ? undefined
    : `the server's key does not match the pinned key; its digest is ${digest}`;
}
