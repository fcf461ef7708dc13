import { ArnFormat, type Stack } from "aws-cdk-lib";

/** The ARN of a secret by its name, for permissions; Secrets Manager adds six random characters to the name. */
export const secretArn = (stack: Stack, secret: string): string =>
  secret.startsWith("arn:")
    ? secret
    : stack.formatArn({
        service: "secretsmanager",
        resource: "secret",
        resourceName: `${secret}-??????`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
