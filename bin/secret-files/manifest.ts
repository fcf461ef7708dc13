import { z } from "zod";

/** A path below the folder of mmp.yaml. */
const FilePath = z
  .string()
  .regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$)).+$/, "must be a path below the configuration's folder");

/**
 * Which secrets of AWS Secrets Manager become which files, as MMP_SECRETS has it in JSON. The key of a file is a member
 * of the secret's value, a JSON object; "" is the whole value.
 *
 *     [{ "secret": "arn:…:mmp/tls", "files": { "certificate": "tls.crt", "key": "tls.key" } },
 *      { "secret": "arn:…:mmp/edge-token", "stage": "AWSPREVIOUS", "files": { "": "tokens/edge.previous" } }]
 */
export const SecretManifest = z.array(
  z.strictObject({
    secret: z.string().min(1),
    /** Version of the secret; the current one is used if no version has this stage. */
    stage: z.enum(["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"]).default("AWSCURRENT"),
    files: z.record(z.string(), FilePath),
  }),
);
export type SecretManifest = z.infer<typeof SecretManifest>;
export type SecretManifestInput = z.input<typeof SecretManifest>;
