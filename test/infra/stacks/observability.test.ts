import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { EDGE_METRICS } from "../../../bin/run/edge-metrics.ts";
import { REFUSAL_MESSAGES } from "../../../infra/stacks/observability/log-metrics.ts";
import { ALARMS, METRICS_AN_INSTANCE } from "../../capacity/deployment.ts";
import { PROJECT } from "../../unit/infra/support.ts";
import { ofType, synthesised } from "../synthesise.ts";
import { variant } from "../variants.ts";

const example = await synthesised();
const template = example.template("observability");
const ALARM = "AWS::CloudWatch::Alarm";

test("dashboard and alarms show all that edges report, and nothing else of them", () => {
  const text = JSON.stringify(example.templates.observability);
  const reported = [...text.matchAll(/\\"mmp\\",\\"(\w+)\\",\\"Instance\\"/g)].map(([, name = ""]) => name);
  expect([...new Set(reported)].sort()).toEqual([...EDGE_METRICS].sort());
  const watched = ofType(example.templates.observability, ALARM).flatMap(({ MetricName, Dimensions }) =>
    JSON.stringify(Dimensions ?? []).includes('"Instance"') ? [String(MetricName)] : [],
  );
  expect(watched).not.toEqual([]);
  expect(watched.filter((name) => !EDGE_METRICS.includes(name))).toEqual([]);
});

test("the page of costs counts as many alarms and metrics as there are", () => {
  expect(ofType(example.templates.observability, ALARM)).toHaveLength(ALARMS);
  expect(EDGE_METRICS).toHaveLength(METRICS_AN_INSTANCE);
});

describe("alarms", () => {
  test("are these, and each is told and taken back", () => {
    const names = ofType(example.templates.observability, ALARM).map(({ AlarmName }) => AlarmName);
    expect(names).toEqual([
      "mmp-FailedLogins",
      "mmp-StoreFailures",
      "mmp-StoreIdentity",
      "mmp-RouteFailures",
      "mmp-SyncLag",
      "mmp-SyncTrouble",
      "mmp-RouteApiErrors",
      "mmp-Throttles",
      "mmp-Refusals",
      "mmp-TasksMissing-main",
      "mmp-TasksMissing-acme",
      "mmp-TasksMissing-route-api",
      "mmp-TasksMissing-sync",
      "mmp-HostsMissing",
      "mmp-HostsAtMaximum",
      "mmp-ConnectionTracking",
      ...["main", "acme"].flatMap((name) => [
        `mmp-Silent-${name}`,
        `mmp-CertificateDays-${name}`,
        `mmp-FeedAge-${name}`,
        `mmp-LoginSlow-${name}`,
        `mmp-StoreFailing-${name}`,
        `mmp-EventLoop-${name}`,
        `mmp-Descriptors-${name}`,
        `mmp-LogLines-${name}`,
        `mmp-SessionDrop-${name}`,
      ]),
    ]);
    template.allResourcesProperties(ALARM, {
      AlarmActions: [Match.anyValue()],
      OKActions: [Match.anyValue()],
    });
    template.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "mail-operators@example.com",
    });
  });

  test("take no edge, task or host that says nothing for well", () => {
    const treated = Map.groupBy(ofType(example.templates.observability, ALARM), ({ TreatMissingData }) =>
      String(TreatMissingData),
    );
    const names = (how: string) =>
      treated.get(how)?.map(({ AlarmName }) => String(AlarmName).replace("mmp-", ""));
    expect(names("notBreaching")).toEqual([
      // Counted from log lines: none is none.
      ...[
        "FailedLogins",
        "StoreFailures",
        "StoreIdentity",
        "RouteFailures",
        "RouteApiErrors",
        "Throttles",
        "Refusals",
      ],
      // Another alarm tells that there are none.
      "HostsAtMaximum",
    ]);
    expect(names("breaching")).toEqual([
      ...["SyncTrouble", "TasksMissing-main", "TasksMissing-acme", "TasksMissing-route-api"],
      ...["TasksMissing-sync", "HostsMissing", "Silent-main", "Silent-acme"],
    ]);
  });

  test("count what a log says of secrets and configurations in the words of mmp itself", () => {
    const source = ["bin/secret-files/secret-files.ts", "bin/run/reload.ts", "bin/run/edge-reload.ts"]
      .map((file) => readFileSync(join(PROJECT, file), "utf8"))
      .join("\n");
    for (const message of REFUSAL_MESSAGES) expect(source).toContain(`"${message}"`);
    template.resourcePropertiesCountIs(
      "AWS::Logs::MetricFilter",
      { MetricTransformations: [Match.objectLike({ MetricName: "Refusals" })] },
      3,
    );
  });

  test("expect no hosts where all edges are on Fargate", async () => {
    const fargate = await synthesised((c) => {
      c.sizes = { edge: { capacity: "fargate", drainSeconds: 100 } };
    });
    const names = ofType(fargate.templates.observability, ALARM).map(({ AlarmName }) => String(AlarmName));
    expect(names.filter((name) => /Host|Tracking/.test(name))).toEqual([]);
  });

  test("take a sync that says nothing for one that does not run", () => {
    template.hasResourceProperties(ALARM, {
      AlarmName: "mmp-SyncTrouble",
      TreatMissingData: "breaching",
      EvaluationPeriods: 2,
    });
  });

  test("expect no sync where another region's writes the table", async () => {
    const second = await synthesised((c) => {
      c.sizes = { sync: { tasks: 0 } };
    });
    const names = ofType(second.templates.observability, ALARM).map(({ AlarmName }) => String(AlarmName));
    expect(names.filter((name) => name.includes("Sync"))).toEqual([]);
  });

  test("compare sessions with those five minutes ago", () => {
    template.hasResourceProperties(ALARM, {
      AlarmName: "mmp-SessionDrop-main",
      Threshold: 30,
      Metrics: Match.arrayWith([
        Match.objectLike({
          Expression:
            "IF(sessions - DIFF(sessions) > 100, -100 * DIFF(sessions) / (sessions - DIFF(sessions)), 0)",
        }),
        Match.objectLike({
          MetricStat: {
            Metric: {
              Namespace: "mmp",
              MetricName: "Sessions",
              Dimensions: [{ Name: "Instance", Value: "main" }],
            },
            Period: 300,
            Stat: "Sum",
          },
        }),
      ]),
    });
  });

  test("never ask more metrics than an alarm may", () => {
    for (const { Metrics } of ofType(example.templates.observability, ALARM))
      expect((Metrics as object[] | undefined)?.length ?? 1).toBeLessThanOrEqual(10);
  });
});

test("failed logins are counted by reason, from the line of the session", () => {
  template.hasResourceProperties("AWS::Logs::MetricFilter", {
    FilterPattern: '{ ($.msg = "session") && ($.failures[0].code = "*") }',
    MetricTransformations: [
      { MetricName: "FailedLoginsByReason", Dimensions: [{ Key: "Reason", Value: "$.failures[0].code" }] },
    ],
  });
});

describe("by the operator's choice", async () => {
  const chosen = await variant(
    "several instances, one on Fargate, one of six ports, keys and machines of the operator",
  );
  const own = chosen.template("observability");
  const key = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";

  test("alarms are told by other protocols too, each with the right that it needs", () => {
    const subscriptions = ofType(chosen.templates.observability, "AWS::SNS::Subscription");
    expect(
      subscriptions.map(({ Protocol, Endpoint, SubscriptionRoleArn }) => [
        Protocol,
        Endpoint,
        SubscriptionRoleArn,
      ]),
    ).toEqual([
      ["email", "mail-operators@example.com", undefined],
      ["https", "https://pager.example.com/mail", undefined],
      ["sms", "+4915112345678", undefined],
      ["sqs", "arn:aws:sqs:eu-central-1:111122223333:alarms", undefined],
      ["lambda", "arn:aws:lambda:eu-central-1:111122223333:function:alarms", undefined],
      [
        "firehose",
        "arn:aws:firehose:eu-central-1:111122223333:deliverystream/alarms",
        "arn:aws:iam::111122223333:role/sns-to-firehose",
      ],
    ]);
    own.hasResourceProperties("AWS::Lambda::Permission", {
      FunctionName: "arn:aws:lambda:eu-central-1:111122223333:function:alarms",
      Principal: "sns.amazonaws.com",
      SourceArn: { Ref: Match.stringLikeRegexp("Alarms") },
    });
  });

  test("alarms and logs are under a key", () => {
    own.hasResourceProperties("AWS::SNS::Topic", { KmsMasterKeyId: key });
    const groups = Object.values(chosen.templates).flatMap((resources) =>
      ofType(resources, "AWS::Logs::LogGroup"),
    );
    expect(groups.map(({ KmsKeyId }) => KmsKeyId)).toEqual(groups.map(() => key));
  });

  test("each line of the parts' logs goes to a stream as well, with the right to write there and no other", () => {
    const cluster = chosen.template("cluster");
    cluster.resourcePropertiesCountIs(
      "AWS::Logs::SubscriptionFilter",
      {
        FilterPattern: "",
        DestinationArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/mail-logs",
        RoleArn: Match.anyValue(),
      },
      3,
    );
    cluster.hasResourceProperties("AWS::IAM::Role", {
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              {
                Effect: "Allow",
                Action: ["firehose:PutRecord", "firehose:PutRecordBatch"],
                Resource: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/mail-logs",
              },
            ],
          },
        },
      ],
    });
  });
});

test("every log group forgets after the set time", async () => {
  const chosen = await synthesised((c) => {
    c.logs = { days: 90 };
  });
  const groups = Object.values(chosen.templates).flatMap((resources) =>
    ofType(resources, "AWS::Logs::LogGroup"),
  );
  expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual([90, 90, 90, 90, 90, 90]);
});
