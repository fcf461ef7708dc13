import { z } from "zod";

/** A path below the folder of mmp.yaml. */
const FilePath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, "must be a path below the configuration's folder");

/**
 * Which secrets of AWS Secrets Manager are which files. A file's key is a member of the secret's value, a JSON object; ""
 * stands for the whole value.
 *
 *     [{ "secret": "mmp/tls", "files": { "certificate": "tls.crt", "key": "tls.key" } },
 *      { "secret": "mmp/edge-token", "stage": "AWSPREVIOUS", "files": { "": "tokens/edge.previous" } }]
 */
export const SecretManifest = z.array(
  z.strictObject({
    secret: z.string().min(1),
    /** Version of the secret; if none has this stage, the current one stands in for it. */
    stage: z.enum(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]).default("AWSCURRENT"),
    files: z.record(z.string(), FilePath),
  }),
);
export type SecretManifest = z.infer<typeof SecretManifest>;
export type SecretManifestInput = z.input<typeof SecretManifest>;

/** The value of a secret that holds a whole configuration: files with their text, and the secrets that are other files. */
export const ConfigurationSecret = z.strictObject({
  files: z.record(FilePath, z.string()),
  secrets: SecretManifest,
});
export type ConfigurationSecretInput = z.input<typeof ConfigurationSecret>;
