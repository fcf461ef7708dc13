import { z } from "zod";

const arnOf = (service: string) =>
  z
    .string()
    .regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:\\S+$`), `must be an ARN of ${service}`);

const PROTOCOLS = {
  email: z.email(),
  "email-json": z.email(),
  https: z.string().regex(/^https:\/\/\S+$/, "must be a URL with https://"),
  sms: z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a number such as +4915112345678"),
  sqs: arnOf("sqs"),
  lambda: arnOf("lambda"),
  firehose: arnOf("firehose"),
  application: arnOf("sns"),
} as const;

/** Somebody or something that SNS notifies. */
export const Receiver = z
  .strictObject({
    protocol: z
      .enum(Object.keys(PROTOCOLS) as [keyof typeof PROTOCOLS, ...(keyof typeof PROTOCOLS)[]])
      .describe("Protocol of SNS."),
    endpoint: z.string().describe("Address, URL, number or ARN, as the protocol has it."),
    role: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/, "must be the ARN of a role")
      .optional()
      .describe("For firehose: ARN of the role by which SNS writes to the stream."),
  })
  .superRefine(({ protocol, endpoint, role }, context) => {
    const { error } = PROTOCOLS[protocol].safeParse(endpoint);
    if (error !== undefined)
      context.addIssue({
        code: "custom",
        path: ["endpoint"],
        message: error.issues[0]?.message ?? "is wrong",
      });
    if ((protocol === "firehose") !== (role !== undefined))
      context.addIssue({ code: "custom", path: ["role"], message: "is for firehose, which needs it" });
  });
export type Receiver = z.infer<typeof Receiver>;
