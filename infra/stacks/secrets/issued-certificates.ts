import { readFileSync } from "node:fs";
import { CustomResource, Duration, type Stack } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as events from "aws-cdk-lib/aws-events";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import type { DeploymentConfig } from "../../config/schema.ts";
import { issuedSecrets } from "../../config/secrets.ts";
import { operatorSecret } from "../../parts/secret-names.ts";
import { issuedKeyAccess } from "../common/key-access.ts";
import { logGroup, mayWriteLog } from "../common/log-group.ts";
import { secretArn } from "../common/secret-arn.ts";

const CODE = new URL("../../functions/export-certificate.cjs", import.meta.url);

/** Has ACM issue and renew certificates of clients' host names, and keeps each in its secret, with the key. */
export function issuedCertificates(stack: Stack, config: DeploymentConfig): void {
  const issued = issuedSecrets(config);
  if (issued.length === 0) return;
  const certificates = issued.map(({ secret, hostNames }) => ({
    secret,
    name: operatorSecret(config, secret),
    arn: certificate(stack, config, secret, hostNames),
  }));
  const exporter = exportFunction(
    stack,
    config,
    certificates.map(({ arn }) => arn),
    issued.map(({ secret }) => secret),
  );
  for (const { secret, name, arn } of certificates) {
    const event = { CertificateArn: arn, SecretId: name };
    const rule = new events.CfnRule(stack, `Renewal-${secret}`, {
      description: `Keeps ${name} as fresh as its certificate`,
      scheduleExpression: "rate(1 day)",
      targets: [{ id: "export", arn: exporter.functionArn, input: stack.toJsonString(event) }],
    });
    new lambda.CfnPermission(stack, `MayExport-${secret}`, {
      action: "lambda:InvokeFunction",
      functionName: exporter.functionArn,
      principal: "events.amazonaws.com",
      sourceArn: rule.attrArn,
    });
    // Edges start behind this stack: the secret has its first value then.
    const first = new CustomResource(stack, `Export-${secret}`, {
      serviceToken: exporter.functionArn,
      resourceType: "Custom::ExportedCertificate",
      properties: event,
    });
    const own = stack.node.tryFindChild(`Secret-${secret}`);
    if (own !== undefined) first.node.addDependency(own);
  }
}

function certificate(
  stack: Stack,
  { domain: { hostedZone } }: DeploymentConfig,
  secret: string,
  hostNames: readonly string[],
): string {
  const [domainName = "", ...others] = hostNames;
  return new acm.CfnCertificate(stack, `Certificate-${secret}`, {
    domainName,
    ...(others.length === 0 ? {} : { subjectAlternativeNames: others }),
    validationMethod: "DNS",
    domainValidationOptions: hostNames.map((name) => ({
      domainName: name,
      hostedZoneId: hostedZone?.id ?? "",
    })),
    certificateExport: "ENABLED",
  }).ref;
}

function exportFunction(
  stack: Stack,
  config: DeploymentConfig,
  certificates: string[],
  secrets: readonly string[],
): lambda.Function {
  const group = logGroup(stack, "Export", config);
  const keys = secrets.flatMap((secret) => config.secrets[secret]?.kmsKey ?? []);
  const role = new iam.Role(stack, "ExportRole", {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Export: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ actions: ["acm:ExportCertificate"], resources: certificates }),
          new iam.PolicyStatement({
            actions: ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
            resources: secrets.map((secret) => secretArn(stack, operatorSecret(config, secret))),
          }),
          ...issuedKeyAccess([...new Set(keys)]),
          mayWriteLog({ arn: group.logGroupArn }),
        ],
      }),
    },
  });
  return new lambda.Function(stack, "ExportFunction", {
    description: "Keeps secrets as fresh as ACM's certificates",
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: "index.handler",
    code: lambda.Code.fromInline(readFileSync(CODE, "utf8")),
    timeout: Duration.minutes(1),
    role: role.withoutPolicyUpdates(),
    logGroup: group,
  });
}
