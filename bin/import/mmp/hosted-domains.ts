import { assume, todo } from "../draft.ts";
import type { Target } from "./row.ts";
import { yesNo } from "./values.ts";

/** Whether the old multiplexor looked names up in the subtree of their domain. Versions from 6 did unless told otherwise. */
export function hasHostedDomains({ parameter, sinceVersion6 }: Target): boolean {
  const given = parameter("HostedDomains");
  return given === undefined ? sinceVersion6 : yesNo(given);
}

/** What an installation from version 6 on has in its ServiceList: short names, or Sun's folders. */
const SINCE_VERSION_6 = /(^|\s)(imap|pop|smtp|submit)proxy\b|SUNWmsgsr|\bsun\/comms\b|messaging64/i;

/** Whether a ServiceList is one of version 6 or later. */
export const isSinceVersion6 = (serviceList: string): boolean => SINCE_VERSION_6.test(serviceList);

/** Says what is different without hosted domains, or that they were assumed to be off. */
export function tellOfHostedDomains(target: Target): void {
  const { draft, parameter } = target;
  if (hasHostedDomains(target)) {
    todo(
      draft,
      "HostedDomains: a name user@domain is now looked up among directory.loginAttributes of all entries, not in the domain's subtree. Make sure that each user's mail, or another of these attributes, has user@domain, with alias domains (inetDomainAlias) as further values; that stores accept the name from directory.accountAttributes; and that a locked domain (inetDomainStatus) is locked by its users' status.",
    );
  } else if (parameter("HostedDomains") === undefined) {
    assume(
      draft,
      "HostedDomains is taken as no, as before version 6; if the files are of a later version, set it to yes and import them again.",
    );
  }
}
