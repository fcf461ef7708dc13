import { createPublicKey, type KeyObject } from "node:crypto";
import { derAt, derChildren } from "./der.ts";

/** RSA keys must be as long, in bits. */
const RSA_BITS = 2048;
/** OpenSSL's names of P-256, P-384 and P-521: the curves that every runtime knows. */
const CURVES: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** The public key of a SubjectPublicKeyInfo (DER); undefined where it is too weak, or not of a type that all runtimes know. */
export function strongKey(spki: Uint8Array): KeyObject | undefined {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return modulusLength < RSA_BITS ? undefined : key;
    case "ec":
      return CURVES.has(namedCurve) && namesCurve(spki) ? key : undefined;
    case "ed25519":
      return key;
    default:
      return undefined;
  }
}

/** A curve that is described and not named may have another generator, for which anybody knows a key (CVE-2020-0601). */
function namesCurve(spki: Uint8Array): boolean {
  const [algorithm] = derChildren(spki, derAt(spki, 0, spki.length));
  const [, curve] = algorithm === undefined ? [] : derChildren(spki, algorithm);
  return curve?.tag === 0x06;
}
