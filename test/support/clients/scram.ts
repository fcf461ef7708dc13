import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** The client's side of SCRAM without channel binding (RFC 5802, RFC 7677); messages in base64. */
export interface ScramClient {
  first: string;
  /** The client's final message for the server's first. */
  final(serverFirst: string): string;
  /** True where the server proved that it knows the password too. */
  verify(serverFinal: string): boolean;
}

export function scramClient(hash: "sha1" | "sha256", user: string, password: string): ScramClient {
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  const decode = (text: string): string => Buffer.from(text, "base64").toString();
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
  const name = user.replaceAll("=", "=3D").replaceAll(",", "=2C");
  const bare = `n=${name},r=${randomBytes(18).toString("base64")}`;
  let expected = "";
  return {
    first: encode(`n,,${bare}`),
    final(serverFirst) {
      const text = decode(serverFirst);
      const {
        r = "",
        s = "",
        i = "",
      } = Object.fromEntries(text.split(",").map((part) => [part[0], part.slice(2)]));
      const length = hash === "sha1" ? 20 : 32;
      const salted = pbkdf2Sync(password, Buffer.from(s, "base64"), Number(i), length, hash);
      const clientKey = hmac(salted, "Client Key");
      const withoutProof = `c=${encode("n,,")},r=${r}`;
      const message = `${bare},${text},${withoutProof}`;
      const signature = hmac(createHash(hash).update(clientKey).digest(), message);
      const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
      expected = `v=${hmac(hmac(salted, "Server Key"), message).toString("base64")}`;
      return encode(`${withoutProof},p=${Buffer.from(proof).toString("base64")}`);
    },
    verify: (serverFinal) => decode(serverFinal) === expected,
  };
}
