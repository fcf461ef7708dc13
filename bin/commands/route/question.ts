import { readFileSync } from "node:fs";
import { loginName } from "../../../edge-proxy/identity/login-name.ts";
import { searchFor } from "../../../edge-proxy/identity/search-format.ts";
import { type LoginPolicy, readPolicies } from "../../../edge-proxy/session/login-policy.ts";
import type { Match } from "../../../route-api/contract/search.ts";
import type { Configuration } from "../../config/schema.ts";
import { EXIT, Failure } from "../../failure.ts";

/** What the route API is asked, and how that came about. */
export interface Question {
  ask: { is: "login"; login: string; domain: string | undefined } | { is: "match"; match: Match };
  /** For people, if an instance decided it. */
  how?: string;
}

/** The name as it is, with the domain if it has none. */
export function plainQuestion(login: string, domain: string | undefined): Question {
  if (login.trim() === "") throw new Failure("the login name is empty", EXIT.usage);
  return { ask: { is: "login", login, domain } };
}

/**
 * The question that an instance asks for a login name: with its delimiters, default domain and search format, or those
 * of the virtual domain called `domain`; if there is none of that name, `domain` is the default domain. Throws a Failure.
 */
export function instanceQuestion(
  { instances = {} }: Configuration,
  name: string,
  login: string,
  domain: string | undefined,
): Question {
  const instance = instances[name];
  if (instance === undefined) {
    const names = Object.keys(instances).join(", ");
    throw new Failure(`there is no instance ${name}; the instances are: ${names || "none"}`, EXIT.usage);
  }
  const { own, domains } = readPolicies(instance, (file) => readFileSync(file, "utf8"));
  const virtual = domains.find((one) => one.domain.name === domain)?.policy;
  const policy = virtual ?? withDefaultDomain(own, domain);
  const read = loginName(login, policy.names);
  if (!read.ok)
    throw new Failure(
      login.trim() === "" ? "the login name is empty" : `${JSON.stringify(login)} is no login name`,
      EXIT.usage,
    );
  const where = virtual === undefined ? `instance ${name}` : `virtual domain ${domain} of instance ${name}`;
  const { searchFormat } = policy;
  if (searchFormat === undefined)
    return { ask: { is: "login", login: read.login, domain: undefined }, how: `${where}, as ${read.login}` };
  const match = searchFor(searchFormat, { ...read.parts, clientAddress: "", serverAddress: "" });
  if (match === undefined)
    throw new Failure(`${where}: searchFormat ${searchFormat.text} cannot match ${login}`, EXIT.failure);
  return { ask: { is: "match", match }, how: `${where}, by searchFormat ${searchFormat.text}` };
}

const withDefaultDomain = (policy: LoginPolicy, domain: string | undefined): LoginPolicy =>
  domain === undefined
    ? policy
    : { ...policy, names: { ...policy.names, defaultDomain: domain.toLowerCase() } };
