import { z } from "zod";
import { secretArn } from "./secrets.ts";

const PLACEHOLDER = "is a placeholder: no image has a digest of zeros";

function isNoPlaceholder(text: string): boolean {
  return !/sha256:0{64}$/.test(text);
}

/** The image: a repository of the account's registry with a digest or tag, or an image of any registry. */
export const ImageConfig = z.union([
  z.strictObject({
    repository: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_./-]+$/)
      .describe("ECR repository in the account and region of the deployment."),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits")
      .refine(isNoPlaceholder, PLACEHOLDER)
      .optional()
      .describe("Digest of the image."),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/)
      .optional()
      .describe("Tag of the image, instead of a digest."),
  }),
  z.strictObject({
    uri: z
      .string()
      .min(1)
      .refine(isNoPlaceholder, PLACEHOLDER)
      .describe("Image of any registry: registry/name@sha256:…"),
    credentials: secretArn
      .optional()
      .describe("ARN of a secret with username and password of a private registry, as a JSON object."),
  }),
]);
export type ImageConfig = z.infer<typeof ImageConfig>;

/** A repository of ECR; of the deployment's own account if it names none. */
export interface EcrRepository {
  name: string;
  account?: string;
  region?: string;
}

const ECR_URI = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.]+\/([^:@]+)/;

/** The repository of an image in ECR, of whatever account; undefined for an image of another registry. */
export function ecrRepository(image: ImageConfig): EcrRepository | undefined {
  if ("repository" in image) return { name: image.repository };
  const [, account, region, name] = ECR_URI.exec(image.uri) ?? [];
  return account === undefined || region === undefined || name === undefined
    ? undefined
    : { account, region, name };
}
