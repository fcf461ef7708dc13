import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";
import { variant } from "../variants.ts";

const example = await synthesised();

describe("secrets", () => {
  const SECRET = "AWS::SecretsManager::Secret";
  const secrets = example.template("secrets");

  test("are made without a value where the operator has it, and stay", () => {
    secrets.hasResource(SECRET, {
      DeletionPolicy: "RetainExceptOnCreate",
      Properties: { Name: "mmp/tls", SecretString: Match.absent(), GenerateSecretString: Match.absent() },
    });
  });

  test("may be there already", async () => {
    const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/mail-tls-AbCdEf";
    const there = await synthesised((c) => {
      c.secrets.tls.arn = arn;
    });
    const names = ofType(there.templates.secrets, SECRET).map(({ Name }) => Name);
    expect(names).not.toContain("mmp/tls");
    expect(JSON.stringify(there.templates["edge-main"])).toContain(arn);
  });

  test("under a customer-managed key can be read by the parts that they are for, and by no other", async () => {
    const kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";
    const other = kmsKey.replace(/1$/, "2");
    const encrypted = await synthesised((c) => {
      c.secrets.tls.kmsKey = kmsKey;
      c.secrets["tls-acme"].arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:corp/acme-AbCdEf";
      c.secrets["tls-acme"].kmsKey = other;
    });
    encrypted.template("secrets").hasResourceProperties(SECRET, { Name: "mmp/tls", KmsKeyId: kmsKey });
    const mayDecrypt = (Resource: string) => ({
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: "Allow",
            Action: "kms:Decrypt",
            Resource,
            Condition: { StringEquals: { "kms:ViaService": Match.anyValue() } },
          },
        ]),
      },
    });
    encrypted.template("edge-main").hasResourceProperties("AWS::IAM::Policy", mayDecrypt(kmsKey));
    encrypted.template("edge-acme").hasResourceProperties("AWS::IAM::Policy", mayDecrypt(other));
    for (const [stack, key] of [
      ["edge-main", other],
      ["edge-acme", kmsKey],
      ["route-api", "kms:Decrypt"],
      ["sync", "kms:Decrypt"],
    ] as const)
      expect(JSON.stringify(encrypted.templates[stack]), stack).not.toContain(key);
  });

  test("that an earlier deployment left are used again", async () => {
    const again = await synthesised((c) => {
      c.secrets.tls.existing = true;
    });
    const names = ofType(again.templates.secrets, SECRET).map(({ Name }) => Name);
    expect(names).not.toContain("mmp/tls");
    expect(JSON.stringify(again.templates["edge-main"])).toContain(":secret:mmp/tls-??????");
  });

  test("are kept as fresh as a certificate that ACM issues, by a function that may do no more", async () => {
    const chosen = await variant(
      "several instances, one on Fargate, one of six ports, keys and machines of the operator",
    );
    const issued = chosen.template("secrets");
    issued.hasResourceProperties("AWS::CertificateManager::Certificate", {
      DomainName: "mail.example.com",
      SubjectAlternativeNames: ["imap.example.com"],
      ValidationMethod: "DNS",
      DomainValidationOptions: ["mail.example.com", "imap.example.com"].map((DomainName) => ({
        DomainName,
        HostedZoneId: "Z0123456789EXAMPLE",
      })),
      CertificateExport: "ENABLED",
    });
    const certificate = { Ref: Match.stringLikeRegexp("^Certificate") };
    issued.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression: "rate(1 day)",
      Targets: [
        {
          Input: {
            "Fn::Join": ["", ['{"CertificateArn":"', certificate, '","SecretId":"mmp/tls"}']],
          },
        },
      ],
    });
    // The first value is there before edges start.
    issued.hasResource("Custom::ExportedCertificate", {
      Properties: { CertificateArn: certificate, SecretId: "mmp/tls" },
      DependsOn: [Match.stringLikeRegexp("^Secrettls")],
    });
    const policies = ofType(chosen.templates.secrets, "AWS::IAM::Role").flatMap(
      ({ Policies }) => Policies as { PolicyDocument: { Statement: Record<string, unknown>[] } }[],
    );
    const [own] = policies.filter((policy) => JSON.stringify(policy).includes("acm:ExportCertificate"));
    expect(own?.PolicyDocument.Statement.map(({ Action }) => Action)).toEqual([
      "acm:ExportCertificate",
      ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
      ["kms:Decrypt", "kms:GenerateDataKey"],
      ["logs:CreateLogStream", "logs:PutLogEvents"],
    ]);
    expect(JSON.stringify(own)).toContain(":secret:mmp/tls-??????");
    expect(JSON.stringify(own)).not.toContain('"Resource":"*"');
  });

  test("of the route API are made, and replaced every 30 days by a function that waits for the API", () => {
    secrets.hasResourceProperties(SECRET, {
      Name: "mmp/token-edge",
      GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true },
    });
    secrets.allResourcesProperties("AWS::SecretsManager::RotationSchedule", {
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    });
    secrets.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Timeout: 900,
      Environment: { Variables: { WAIT_SECONDS: "156", REVOKE_SECONDS: "360" } },
    });
    // What may call it is Secrets Manager, for these secrets.
    secrets.allResourcesProperties("AWS::Lambda::Permission", {
      Principal: "secretsmanager.amazonaws.com",
      SourceArn: Match.anyValue(),
    });
  });

  test("of no kind stand in a template", () => {
    for (const [stack, resources] of Object.entries(example.templates)) {
      const values = ofType(resources, SECRET).flatMap(({ Name, SecretString }) =>
        SecretString === undefined ? [] : [Name],
      );
      expect(values, stack).toEqual(values.filter((name) => String(name).startsWith("mmp/configuration-")));
    }
  });
});
