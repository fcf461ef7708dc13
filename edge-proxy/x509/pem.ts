/** The DER of every PEM block (RFC 7468) of one of these labels, in their order. */
export const pemBlocks = (text: string, ...labels: readonly string[]): Uint8Array[] =>
  [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)]
    .filter(([, label = ""]) => labels.includes(label))
    .map(([, , base64 = ""]) => new Uint8Array(Buffer.from(base64, "base64")));
