import { Aws } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";

/** The right to use customer-managed keys through one service of AWS, which acts with the caller's permissions. */
function mayUse(keys: readonly string[], actions: readonly string[], service: string): iam.PolicyStatement[] {
  if (keys.length === 0) return [];
  return [
    new iam.PolicyStatement({
      actions: actions.map((action) => `kms:${action}`),
      resources: [...keys],
      conditions: { StringEquals: { "kms:ViaService": `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
    }),
  ];
}

/** For those who read secrets under these keys. */
export const secretKeyAccess = (keys: readonly string[]): iam.PolicyStatement[] =>
  mayUse(keys, ["Decrypt"], "secretsmanager");

/** For those who read and replace secrets under these keys. */
export const issuedKeyAccess = (keys: readonly string[]): iam.PolicyStatement[] =>
  mayUse(keys, ["Decrypt", "GenerateDataKey"], "secretsmanager");

/** For those who read and write a table under a key. */
export const tableKeyAccess = (key: string | undefined): iam.PolicyStatement[] =>
  mayUse(
    key === undefined ? [] : [key],
    [
      ...["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"],
      ...["ReEncryptFrom", "ReEncryptTo"],
    ],
    "dynamodb",
  );
