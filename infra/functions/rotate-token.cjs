// Rotates a token. An AWS Lambda function, inline in the template: at most 4,096 characters.
// The route API accepts the previous, current and pending version once its next refresh has fetched them. A new token
// therefore waits that long before edges get it, and no request is refused. The old one ends once edges have the new one.
const { randomBytes } = require("node:crypto");
const { setTimeout: pause } = require("node:timers/promises");
const {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} = require("@aws-sdk/client-secrets-manager");

const client = new SecretsManagerClient();
const TOKEN_BYTES = 36;

const seconds = (name) => pause(Number(process.env[name]) * 1000);

async function versionAt(SecretId, stage) {
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
  return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id].includes(stage));
}

const STEPS = {
  async createSecret({ SecretId, ClientRequestToken }) {
    const pending = { SecretId, VersionId: ClientRequestToken, VersionStage: "AWSPENDING" };
    try {
      await client.send(new GetSecretValueCommand(pending));
    } catch (error) {
      if (error.name !== "ResourceNotFoundException") throw error;
      const SecretString = randomBytes(TOKEN_BYTES).toString("base64url");
      const VersionStages = ["AWSPENDING"];
      await client.send(
        new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }),
      );
    }
  },
  setSecret: () => seconds("WAIT_SECONDS"),
  async testSecret() {},
  async finishSecret({ SecretId, ClientRequestToken: MoveToVersionId }) {
    const RemoveFromVersionId = await versionAt(SecretId, "AWSCURRENT");
    if (RemoveFromVersionId !== MoveToVersionId) {
      const move = { SecretId, VersionStage: "AWSCURRENT", MoveToVersionId, RemoveFromVersionId };
      await client.send(new UpdateSecretVersionStageCommand(move));
    }
    await seconds("REVOKE_SECONDS");
    const previous = await versionAt(SecretId, "AWSPREVIOUS");
    if (previous === undefined || previous === MoveToVersionId) return;
    const revoke = { SecretId, VersionStage: "AWSPREVIOUS", RemoveFromVersionId: previous };
    await client.send(new UpdateSecretVersionStageCommand(revoke));
  },
};

exports.handler = (event) => STEPS[event.Step](event);
