// Puts a certificate that ACM issued or renewed, with its key, into a secret. An AWS Lambda function, inline in the
// template: at most 4,096 characters. CloudFormation calls it behind a custom resource, and EventBridge daily.
const { createPrivateKey, randomBytes } = require("node:crypto");
const { ACMClient, ExportCertificateCommand } = require("@aws-sdk/client-acm");
const {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} = require("@aws-sdk/client-secrets-manager");

const acm = new ACMClient();
const secrets = new SecretsManagerClient();

async function certificateIn(SecretId) {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString).certificate;
  } catch (error) {
    // The first time there is no value; one that is not JSON is replaced.
    if (error.name === "ResourceNotFoundException" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function refresh({ CertificateArn, SecretId }) {
  const passphrase = randomBytes(32).toString("hex");
  const exported = await acm.send(
    new ExportCertificateCommand({ CertificateArn, Passphrase: Buffer.from(passphrase) }),
  );
  const certificate = [exported.Certificate, exported.CertificateChain].join("\n").replace(/\n+/g, "\n");
  // The same certificate has the same key: no edge needs to load it again.
  if ((await certificateIn(SecretId)) === certificate) return;
  const key = createPrivateKey({ key: exported.PrivateKey, passphrase }).export({
    type: "pkcs8",
    format: "pem",
  });
  await secrets.send(
    new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ certificate, key }) }),
  );
}

exports.handler = async (event) => {
  if (event.ResponseURL === undefined) return refresh(event);
  const { StackId, RequestId, LogicalResourceId, ResourceProperties, RequestType } = event;
  const answer = { Status: "SUCCESS", PhysicalResourceId: ResourceProperties.SecretId };
  try {
    // The secret keeps its last value when its certificate goes.
    if (RequestType !== "Delete") await refresh(ResourceProperties);
  } catch (error) {
    Object.assign(answer, { Status: "FAILED", Reason: error.message });
  }
  await fetch(event.ResponseURL, {
    method: "PUT",
    headers: { "Content-Type": "" },
    body: JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }),
  });
};
