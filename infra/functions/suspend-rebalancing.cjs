// Suspends an Auto Scaling group's rebalancing of zones, for which CloudFormation has no property. An AWS Lambda function
// behind a custom resource, inline in the template: at most 4,096 characters.
const { AutoScalingClient, SuspendProcessesCommand } = require("@aws-sdk/client-auto-scaling");

const client = new AutoScalingClient();
const ScalingProcesses = ["AZRebalance"];

exports.handler = async (event) => {
  const { AutoScalingGroupName } = event.ResourceProperties;
  const answer = { Status: "SUCCESS", PhysicalResourceId: AutoScalingGroupName };
  try {
    // The group goes with its stack: there is nothing to resume.
    if (event.RequestType !== "Delete")
      await client.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses }));
  } catch (error) {
    Object.assign(answer, { Status: "FAILED", Reason: error.message });
  }
  const { StackId, RequestId, LogicalResourceId } = event;
  await fetch(event.ResponseURL, {
    method: "PUT",
    headers: { "Content-Type": "" },
    body: JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }),
  });
};
