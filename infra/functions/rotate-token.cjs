// Rotates a token. An AWS Lambda function, inline in the template: at most 4,096 characters.
// The route API accepts the previous, current and pending version once its next refresh has fetched them. A new token
// therefore waits that long before edges get it, and no request is refused.
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
  setSecret: () => pause(Number(process.env.WAIT_SECONDS) * 1000),
  async testSecret() {},
  async finishSecret({ SecretId, ClientRequestToken }) {
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
    const current = Object.keys(VersionIdsToStages).find((id) =>
      VersionIdsToStages[id].includes("AWSCURRENT"),
    );
    if (current === ClientRequestToken) return;
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId: current,
      }),
    );
  },
};

exports.handler = (event) => STEPS[event.Step](event);
