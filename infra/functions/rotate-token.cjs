// Replaces a token (a function of AWS Lambda, whole in the template: at most 4,096 characters).
// The route API takes the version before, the current and the pending one, each as soon as it has looked; so a new
// token waits as long as that takes before edges are given it, and no request is refused on the way.
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
