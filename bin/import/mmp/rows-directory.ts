import { DirectoryConfig } from "../../../route-api/config/directory.ts";
import { valueAt } from "../draft.ts";
import { replayFormat, searchFormat } from "./carried-formats.ts";
import { replayAccounts, searchAttributes } from "./formats.ts";
import { hasHostedDomains } from "./hosted-domains.ts";
import { parseLdapUrl } from "./ldap-url.ts";
import { carry, type Outcome, type Row, text, without } from "./row.ts";
import { words, yesNo } from "./values.ts";

/** Whether the schema takes several hosts. */
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
  return { fate: "none", note: "its base is left out, because UserGroupDN says where users are" };
};

const mailHosts: Row["read"] = (parameter) => ({ value: words(parameter.value) });

const filter: Row["read"] = ({ value }) => {
  const attributes = words(value);
  const [first = ""] = attributes;
  if (attributes.length === 1 && /^mailHost$/i.test(first))
    return { fate: "none", note: "the default filter is the same" };
  const parts = attributes.map((name) => `(${name}=*)`).join("");
  return {
    value: attributes.length === 1 ? parts : `(|${parts})`,
    note: "reads entries with any of them",
  };
};

const search: Row["read"] = ({ value, name }, target): Outcome => {
  const { parameter } = target;
  const isHosted = hasHostedDomains(target);
  if (isHosted && name.toLowerCase() === "searchformat")
    return { fate: "none", note: "with HostedDomains, DomainSearchFormat is used instead" };
  const { attributes, rest, perConnection } = searchAttributes(value);
  if (attributes.length === 0)
    return { fate: "none", note: `${value} does not compare any attribute with the user's name` };
  // The default domain is added to names before they are looked up, so they must be found with it.
  const domain =
    isHosted || parameter("DefaultDomain") !== undefined || parameter("VirtualDomainFile") !== undefined;
  const withMail = domain && !attributes.includes("mail") ? [...attributes, "mail"] : attributes;
  return {
    fate: "changed",
    gather: true,
    value: withMail,
    note: [
      "names are looked up in the route store by these attributes",
      ...(withMail === attributes ? [] : ["mail is added because a domain is added to names"]),
      ...(rest.length === 0 ? [] : [`${rest.join(" ")} is left to directory.filter`]),
      ...(perConnection
        ? ["comparisons with the client's or server's address or the certificate are dropped"]
        : []),
    ].join("; "),
  };
};

const replay: Row["read"] = ({ value }, { draft }): Outcome => {
  const logins = valueAt(draft, "directory.loginAttributes") as string[] | undefined;
  return { fate: "changed", ...replayAccounts(value, logins) };
};

/** Where users are, and how they are found. LdapUrl and SearchFormat precede what depends on them. */
export const DIRECTORY_ROWS: readonly Row[] = [
  { name: "LdapUrl", field: "directory.url", read: url },
  { name: "LdapUrl", field: "directory.base", read: base },
  carry("UserGroupDN", "directory.base", text),
  carry("BindDN", "directory.bindDn", text),
  {
    name: "BindPass",
    field: "directory.bindPasswordFile",
    read: ({ value }) => ({ secret: { name: "ldap", text: value }, note: "moved to a file of its own" }),
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
      hasHostedDomains(target) || target.parameter("SearchFormat") === undefined
        ? (search(parameter, target) as Outcome)
        : {
            fate: "none",
            note: "SearchFormat lists the attributes; add others to directory.loginAttributes",
          },
  },
  {
    name: "HostedDomains",
    field: "directory.loginAttributes",
    idle: (parameter) => !yesNo(parameter),
    read: () => ({ fate: "changed", note: "the route store has the names of all domains; see what to do" }),
  },
  without("LdapCacheSize", "the route cache has a limit of its own (instances.<name>.routeCache.bytes)"),
  {
    name: "LdapCacheTTL",
    note: "routes are cached by other rules, so that a moved mailbox is found at once: instances.<name>.routeCache",
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
