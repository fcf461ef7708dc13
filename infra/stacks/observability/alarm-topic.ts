import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sns from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { Receiver } from "../../config/receivers.ts";
import type { DeploymentConfig } from "../../config/schema.ts";

/** The topic of all alarms, with those who are notified. */
export function alarmTopic(scope: Construct, { alarms }: DeploymentConfig): sns.Topic {
  const { email, receivers, kmsKey } = alarms;
  const topic = new sns.Topic(scope, "Alarms", {
    enforceSSL: true,
    ...(kmsKey === undefined ? {} : { masterKey: kms.Key.fromKeyArn(scope, "AlarmKey", kmsKey) }),
  });
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
    }),
  );
  for (const address of email) topic.addSubscription(new EmailSubscription(address));
  for (const receiver of receivers) subscribe(scope, topic, receiver);
  return topic;
}

/** Named by its endpoint, so that another receiver before it in the list does not replace it. */
function subscribe(scope: Construct, topic: sns.Topic, { protocol, endpoint, role }: Receiver): void {
  const id = `${protocol}-${endpoint.replaceAll("/", "-")}`;
  new sns.CfnSubscription(scope, `Receiver-${id}`, {
    topicArn: topic.topicArn,
    protocol,
    endpoint,
    ...(role === undefined ? {} : { subscriptionRoleArn: role }),
  });
  if (protocol === "lambda")
    new lambda.CfnPermission(scope, `MayCall-${id}`, {
      action: "lambda:InvokeFunction",
      functionName: endpoint,
      principal: "sns.amazonaws.com",
      sourceArn: topic.topicArn,
    });
}
