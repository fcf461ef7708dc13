import { z } from "zod";
import { kmsKey } from "./kms-key.ts";

const fileName = z
  .string()
  .regex(
    /^(\.\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
    "must be a path below the configuration's folder",
  )
  .transform((path) => path.replace(/^\.\//, ""));

/** The ARN of a secret, with the six characters that Secrets Manager adds to its name. */
export const secretArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+-[A-Za-z0-9]{6}$/,
    "must be the full ARN of a secret",
  );

/** ACM's limit for a certificate, unless AWS raises it. */
const HOST_NAMES_MAX = 10;

const Issued = z.strictObject({
  hostNames: z
    .array(z.string().regex(/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "must be a host name"))
    .min(1)
    .max(HOST_NAMES_MAX, `must have at most ${HOST_NAMES_MAX} entries`)
    .describe("Host names of the certificate, inside domain.hostedZone."),
});

const common = {
  arn: secretArn
    .optional()
    .describe("ARN of an existing secret; without it one is created, and you put in the value."),
  kmsKey: kmsKey
    .optional()
    .describe(
      "ARN of the customer-managed KMS key that encrypts it; who reads the secret may then decrypt with it.",
    ),
  existing: z
    .boolean()
    .default(false)
    .describe("The secret that an earlier deployment of this name has left behind is used again."),
  instances: z
    .array(z.string())
    .default([])
    .describe(
      "Instances that need it although no setting names its files, because another secret's file does.",
    ),
};

/**
 * A secret and the files that mmp sees it as, under the names that `instances`, `stores` and `directory` use. With `file`
 * the value is one file; with `files` it is a JSON object whose members are one file each, so that what belongs together,
 * such as a certificate and its key, changes together.
 */
export const SecretConfig = z.union([
  z.strictObject({ ...common, file: fileName.describe("The file that holds the whole value.") }),
  z.strictObject({
    ...common,
    files: z.record(z.string().min(1), fileName.describe("The file that holds this member of the value.")),
    acm: Issued.optional().describe(
      "Have ACM issue and renew the certificate: the secret's members are then certificate and key.",
    ),
  }),
]);
export type SecretConfig = z.infer<typeof SecretConfig>;

/** The secrets whose value is a certificate that ACM issues. */
export const issuedSecrets = ({
  secrets,
}: {
  secrets: Readonly<Record<string, SecretConfig>>;
}): { secret: string; hostNames: string[] }[] =>
  Object.entries(secrets).flatMap(([secret, settings]) =>
    "files" in settings && settings.acm !== undefined ? [{ secret, hostNames: settings.acm.hostNames }] : [],
  );

/** The files of a secret, by the member of its value; "" stands for the whole value. */
export const filesOf = (secret: SecretConfig): [key: string, file: string][] =>
  "file" in secret ? [["", secret.file]] : Object.entries(secret.files);
