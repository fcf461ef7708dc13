import { DirectoryConfig } from "../../../route-api/config/directory.ts";
import { valueAt } from "../draft.ts";
import { replayFormat, searchFormat } from "./carried-formats.ts";
import { replayAccounts, searchAttributes } from "./formats.ts";
import { parseLdapUrl } from "./ldap-url.ts";
import { carry, type Outcome, type Row, text, without } from "./row.ts";
import { words, yesNo } from "./values.ts";

/** Does the schema take several hosts? */
const takesSeveral = DirectoryConfig.safeParse({ url: ["ldap://a", "ldap://b"], base: "o=a" }).success;

const url: Row["read"] = (parameter) => {
  const { urls } = parseLdapUrl(parameter);
  const [first] = urls;
  if (urls.length === 1) return { value: first };
  if (takesSeveral) return { value: urls };
  return {
    fate: "changed",
    value: first,
    note: `only the first host; ${urls.slice(1).join(" and ")} must wait until directory.url takes a list`,
  };
};

const base: Row["read"] = (parameter, target) => {
  const { base: dn } = parseLdapUrl(parameter);
  if (dn === "") return { fate: "none", note: "the URL has no base" };
  if (target.parameter("UserGroupDN") === undefined) return { value: dn };
  return { fate: "none", note: "its base is left out: UserGroupDN says where users are" };
};

const mailHosts: Row["read"] = (parameter) => ({ value: words(parameter.value) });

const filter: Row["read"] = ({ value }) => {
  const attributes = words(value);
  const [first = ""] = attributes;
  if (attributes.length === 1 && /^mailHost$/i.test(first))
    return { fate: "none", note: "the filter is as by default" };
  const parts = attributes.map((name) => `(${name}=*)`).join("");
  return {
    value: attributes.length === 1 ? parts : `(|${parts})`,
    note: "so that entries with any of them are read",
  };
};

const search: Row["read"] = ({ value }, { parameter }): Outcome => {
  const { attributes, rest, perConnection } = searchAttributes(value);
  if (attributes.length === 0)
    return { fate: "none", note: `no attribute is compared with the user's name in ${value}` };
  // Names get the default domain before they are looked up, so that they must be found with it.
  const domain = parameter("DefaultDomain") !== undefined || parameter("VirtualDomainFile") !== undefined;
  const withMail = domain && !attributes.includes("mail") ? [...attributes, "mail"] : attributes;
  return {
    fate: "changed",
    gather: true,
    value: withMail,
    note: [
      "names are looked up in a table that is made of these attributes",
      ...(withMail === attributes ? [] : ["mail is added because names get a domain"]),
      ...(rest.length === 0 ? [] : [`${rest.join(" ")} is not in it: put it into directory.filter`]),
      ...(perConnection ? ["a search by client or server address or certificate is not in it"] : []),
    ].join("; "),
  };
};

const replay: Row["read"] = ({ value }, { draft }): Outcome => {
  const logins = valueAt(draft, "directory.loginAttributes") as string[] | undefined;
  return { fate: "changed", ...replayAccounts(value, logins) };
};

/** Where users are, and how they are found. LdapUrl and SearchFormat come before what depends on them. */
export const DIRECTORY_ROWS: readonly Row[] = [
  { name: "LdapUrl", field: "directory.url", read: url },
  { name: "LdapUrl", field: "directory.base", read: base },
  carry("UserGroupDN", "directory.base", text),
  carry("BindDN", "directory.bindDn", text),
  {
    name: "BindPass",
    field: "directory.bindPasswordFile",
    read: ({ value }) => ({ secret: { name: "ldap", text: value }, note: "in a file of its own" }),
  },
  { name: "MailHostAttrs", field: "directory.mailHostAttributes", read: mailHosts },
  { name: "MailHostAttrs", field: "directory.filter", read: filter },
  { name: "SearchFormat", field: "directory.loginAttributes", read: search },
  {
    name: "SearchFormat",
    field: "instances.<name>.searchFormat",
    read: searchFormat,
  },
  { name: "ReplayFormat", field: "directory.accountAttributes", read: replay },
  {
    name: "ReplayFormat",
    field: "instances.<name>.replayFormat",
    read: replayFormat,
  },
  {
    name: "DomainSearchFormat",
    field: "directory.loginAttributes",
    read: (parameter, target) =>
      target.parameter("SearchFormat") === undefined
        ? (search(parameter, target) as Outcome)
        : {
            fate: "none",
            note: "SearchFormat says which attributes count; add others to directory.loginAttributes",
          },
  },
  without("HostedDomains", "every domain of the directory is in the table"),
  without("LdapCacheSize", "the route cache has a bound of its own (instances.<name>.routeCache)"),
  {
    name: "LdapCacheTTL",
    note: "routes are kept for a short time, so that a mailbox that moves is found: instances.<name>.routeCache.freshSeconds",
  },
  {
    name: "TCPAccessAttr",
    field: "directory.serviceAttributes",
    read: ({ value }) => ({ value: words(value) }),
  },
  {
    name: "PreAuth",
    field: "instances.<name>.preAuth",
    idle: (parameter) => !yesNo(parameter),
    read: (parameter) => ({ value: yesNo(parameter) }),
  },
];
