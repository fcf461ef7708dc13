import { z } from "zod";

const fileName = z
  .string()
  .regex(
    /^(\.\/)?[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
    "must be a path below the configuration",
  )
  .transform((path) => path.replace(/^\.\//, ""));

const arn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+-[A-Za-z0-9]{6}$/,
    "must be the whole ARN of a secret",
  );

/**
 * A secret, and the files that it is where mmp runs, named as `instances`, `stores` and `directory` name them. With
 * `file` the whole value is one file; with `files` the value is a JSON object, and each of its keys is one: what
 * belongs together, as a certificate and its key, then changes together.
 */
export const SecretConfig = z.union([
  z.strictObject({
    arn: arn.optional().describe("One that is there already; else it is made, and its value put in by hand."),
    file: fileName.describe("File that the whole value is."),
  }),
  z.strictObject({
    arn: arn.optional(),
    files: z.record(z.string().min(1), fileName.describe("File that the value's member of this name is.")),
  }),
]);
export type SecretConfig = z.infer<typeof SecretConfig>;

/** The files of a secret, by the key in its value; "" stands for the whole. */
export const filesOf = (secret: SecretConfig): [key: string, file: string][] =>
  "file" in secret ? [["", secret.file]] : Object.entries(secret.files);
