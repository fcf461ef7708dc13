import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { ofType, synthesised } from "../synthesise.ts";

const example = await synthesised();
const template = example.template("observability");
const ALARM = "AWS::CloudWatch::Alarm";

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
      "mmp-CertificateDays-main",
      "mmp-CertificateDays-acme",
      "mmp-SessionDrop-main",
      "mmp-SessionDrop-acme",
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
  template.allResourcesProperties("AWS::Logs::MetricFilter", {
    FilterPattern: '{ ($.msg = "session") && ($.failures[0].code = "*") }',
  });
  template.hasResourceProperties("AWS::Logs::MetricFilter", {
    MetricTransformations: [
      { MetricName: "FailedLoginsByReason", Dimensions: [{ Key: "Reason", Value: "$.failures[0].code" }] },
    ],
  });
});

test("every log group forgets after the set time", async () => {
  const chosen = await synthesised((c) => {
    c.logs = { days: 90 };
  });
  const groups = Object.values(chosen.templates).flatMap((resources) =>
    ofType(resources, "AWS::Logs::LogGroup"),
  );
  expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual([90, 90, 90, 90, 90]);
});
