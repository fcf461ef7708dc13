import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { DeploymentConfig } from "../../config/schema.ts";
import { DeployedStack } from "../common/deployed-stack.ts";
import { published } from "../common/references.ts";
import { type AlarmRule, alarmRules } from "./alarm-rules.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { dashboard } from "./dashboard.ts";
import { logMetrics } from "./log-metrics.ts";
import { metricsOf } from "./metrics.ts";

/** Dashboard and alarms. */
export class ObservabilityStack extends DeployedStack {
  constructor(scope: Construct, config: DeploymentConfig) {
    super(scope, "observability", config, "dashboard and alarms");
    logMetrics(this, config);
    const metrics = metricsOf(config, (reference) => published(this, config, reference));
    const topic = alarmTopic(this, config);
    const alarms = alarmRules(config, metrics).map((rule) => newAlarm(this, config.name, rule, topic));
    dashboard(this, config.name, metrics, alarms);
  }
}

function newAlarm(scope: Construct, name: string, rule: AlarmRule, topic: sns.Topic): cloudwatch.Alarm {
  const { id, metric, threshold, below, periods, missing, description } = rule;
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmName: `${name}-${id}`,
    alarmDescription: description,
    metric,
    threshold,
    comparisonOperator: below
      ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
      : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: periods,
    treatMissingData: missing ?? cloudwatch.TreatMissingData.NOT_BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  return alarm;
}
