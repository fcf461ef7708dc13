import { describe, expect, test } from "vitest";
import { type Resolve, toDo } from "../../../infra/to-do.ts";
import { type Change, deployment } from "./support.ts";

const nowhere: Resolve = async () => {
  throw new Error("ENOTFOUND");
};
const there: Resolve = async () => ["198.51.100.7"];
const left = (change: Change, resolve = nowhere) => toDo(deployment(change).config, resolve);

describe("what is left to the operator", () => {
  test("of the example", async () => {
    expect(await left(() => {})).toEqual([
      "secret mmp/tls: put in its value, a JSON object with certificate and key",
      "secret mmp/tls-acme: put in its value, a JSON object with certificate and key",
      "secret mmp/store-admin: put in its value",
      "secret mmp/directory-bind: put in its value",
      "name mail.example.com: point it at load balancer main once the first sync has ended",
      "name mail-acme.example.com: point it at load balancer acme once the first sync has ended",
    ]);
  });

  test.each<[string, Change, Resolve, string]>([
    [
      "addresses",
      (c) => {
        c.network = { zones: 3, natGateways: 1 };
      },
      nowhere,
      'quota "EC2-VPC Elastic IPs": 7 are needed (load balancers and NAT gateways), 5 is the default; see that the account has them',
    ],
    [
      "targets that AWS has granted",
      (c) => {
        c.sizes = { edge: { tasks: { min: 4, max: 300 }, hosts: { min: 2, max: 100 } } };
        c.quotas = { targetsPerZone: 1200 };
      },
      nowhere,
      'quota "Targets per Availability Zone per Network Load Balancer": 1200 are needed (tasks.max × ports × maximumPercent, in each zone), 500 is the default; see that the account has them',
    ],
    [
      "rights to another account's image",
      (c) => {
        c.image = { uri: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/mmp:1" };
      },
      nowhere,
      "image: the repository's policy in account 111122223333 must allow this account ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability",
    ],
    [
      "the CA of a certificate that is there",
      (c) => {
        c.routeApi.certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222";
      },
      nowhere,
      "routeApi.caFile: name the CA that issued arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222; without it, edges trust every public CA for routes.example.com",
    ],
    [
      "a key that a service uses in its own name",
      (c) => {
        c.alarms.kmsKey = "arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001";
      },
      nowhere,
      "key arn:aws:kms:eu-central-1:111122223333:key/0b5b6e0c-0000-4000-8000-000000000001: its policy must allow CloudWatch (cloudwatch.amazonaws.com) to encrypt and decrypt",
    ],
    [
      "a queue that must take alarms",
      (c) => {
        c.alarms.receivers = [{ protocol: "sqs", endpoint: "arn:aws:sqs:eu-central-1:111122223333:alarms" }];
      },
      nowhere,
      "alarms: the policy of arn:aws:sqs:eu-central-1:111122223333:alarms must let the topic send messages",
    ],
    [
      "a name that is in use",
      () => {},
      there,
      "name mail.example.com: point it at load balancer main once the first sync has ended; it exists and leads to 198.51.100.7",
    ],
    [
      "a name that is to be created and exists",
      (c) => {
        c.loadBalancers.main.record = "create";
      },
      there,
      "name mail.example.com: if it is not of this deployment, creating it fails; it exists and leads to 198.51.100.7",
    ],
  ])("%s", async (_, change, resolve, line) => {
    expect(await left(change, resolve)).toContain(line);
  });

  test("is no secret that is there, and no name that can be created", async () => {
    const lines = await left((c) => {
      for (const secret of Object.values<{ existing?: boolean }>(c.secrets)) secret.existing = true;
      for (const balancer of Object.values<{ record?: string }>(c.loadBalancers)) balancer.record = "create";
      // ACM puts in the value.
      delete c.secrets.tls.existing;
      c.secrets.tls.acm = { hostNames: ["mail.example.com"] };
    });
    expect(lines).toEqual([]);
  });
});
