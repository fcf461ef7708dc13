import { z } from "zod";

/** A customer-managed key. Permissions name keys by their ARN, and not by an alias, which may come to mean another. */
export const kmsKey = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
    "must be the ARN of a KMS key, not of an alias",
  );
