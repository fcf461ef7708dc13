import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";

/** Has the synthesis fail on a finding of AWS's Solutions rules that no stack gives a reason for. */
export const addSolutionsRules = (app: App): void =>
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
