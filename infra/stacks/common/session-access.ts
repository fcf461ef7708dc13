import * as iam from "aws-cdk-lib/aws-iam";

/** What an agent of Systems Manager needs to open a channel for an operator; AWS gives it on everything or not at all. */
export const mayOpenSession = (...others: string[]): iam.PolicyStatement[] => [
  new iam.PolicyStatement({
    actions: [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
      ...others,
    ],
    resources: ["*"],
  }),
];
