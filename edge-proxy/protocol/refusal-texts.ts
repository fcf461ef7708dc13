import type { Meaning } from "./refusal-codes.ts";

/** Texts by which servers refuse logins without a response code. */
export interface KnownTexts {
  means: Meaning;
  pattern: RegExp;
  /** The servers, and what they say. */
  examples: readonly [server: string, text: string][];
}

/**
 * The first pattern that matches counts: what names the credentials outright comes before what could be the same
 * server's trouble, and the plain "login failed" last.
 */
export const KNOWN_TEXTS: readonly KnownTexts[] = [
  {
    means: "wrong-credentials",
    pattern:
      /\b(?:invalid|incorrect|wrong|bad|unknown)\b(?! (?:command|state|mechanism|method|request|argument|auth\w* (?:mechanism|method|type)))[^.]*\b(?:password|passphrase|credentials?|user(?: ?name| ?id)?|login|logon)\b|\b(?:password|passphrase|credentials?)\b[^.]*\b(?:incorrect|invalid|wrong)\b/i,
    examples: [
      ["Exchange", "Logon failure: unknown user name or bad password."],
      ["Gmail", "Invalid credentials (Failure)"],
      ["hMailServer", "Invalid user name or password."],
      ["UW IMAP", "Bad login"],
      ["Zimbra", "invalid username/password"],
    ],
  },
  {
    // qmail's "authorization failed" is about the password.
    means: "not-authorized",
    pattern: /\bauthorization failure\b/i,
    examples: [["Cyrus", "Login failed: authorization failure"]],
  },
  {
    means: "expired",
    pattern: /\bpass(?:word|phrase)\b[^.]*\b(?:expired|must be changed|needs to be changed)\b/i,
    examples: [["Cyrus", "Login failed: passphrase expired, has to be reset"]],
  },
  {
    means: "login-delay",
    pattern:
      /\blog(?:in|on)s? (?:limit|interval|delay|must be at least|(?:is )?allowed only)|\btoo (?:soon|frequent)|\bwait (?:at least )?\d+ \w+ (?:before|between)\b/i,
    examples: [
      ["Cyrus", "Logins must be at least 5 minutes apart"],
      ["Outlook.com", "Exceeded the login limit for a 15 minute period."],
    ],
  },
  {
    means: "limit",
    pattern:
      /\btoo many\b(?! (?:arg|param))|\bmax(?:imum)?\b[^.]*\b(?:connections?|sessions?|logins?|users)\b|\b(?:connection|rate|bandwidth|session) limits?\b|\b(?:connections|sessions)\b[^.]*\bexceed|\bthrottled\b/i,
    examples: [
      ["Cyrus", "Too many open connections (2 of 1 for alice)"],
      ["Courier", "Maximum connection limit reached for 192.0.2.1"],
      ["Dovecot", "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)"],
      ["Gmail", "Too many simultaneous connections. (Failure)"],
    ],
  },
  {
    means: "in-use",
    pattern:
      /\b(?:mail ?drop|mail ?box|folder)\b[^.]*\b(?:locked|in use|busy)\b|\block (?:the )?(?:mail ?drop|mail ?box)\b|\b(?:mail ?drop|mail ?box) lock\b|\block busy\b|\bget lock\b|\blocked by an?(?:other)?\b|\banother (?:\w+ )?session\b|\balready (?:in use|being accessed)\b/i,
    examples: [
      ["RFC 1939", "maildrop already locked"],
      ["Cyrus", "Unable to lock maildrop: Mailbox is locked"],
      ["Qpopper", "/var/mail/.alice.pop lock busy! Is another session active? (11)"],
      ["UW IMAP", "Can't get lock. Mailbox in use"],
    ],
  },
  {
    means: "over-quota",
    pattern:
      /\bover ?quota\b|\b(?:mail ?drop|mail ?box|account) (?:is )?full\b|\bquota (?:is )?exceeded\b|\bexceed\w*\b[^.]*\bquota\b/i,
    examples: [["Cyrus", "Over quota"]],
  },
  {
    means: "not-permitted",
    pattern:
      /\b(?:imap4?d?|pop3?|service)\b[^.]*\b(?:disabled|not (?:be )?(?:enabled|allowed|permitted|part))\b|\b(?:imap4?|pop3?)\b[^.]*\bnot available\b|\bnot enabled for (?:imap|pop3?)|\bvia your web browser\b|\bweb login required\b|\bapplication-specific password required\b/i,
    examples: [
      ["Gmail", "Your account is not enabled for IMAP use."],
      ["Gmail", "Please log in via your web browser: https://support.google.com/mail/ (Failure)"],
    ],
  },
  {
    means: "contact-admin",
    pattern:
      /\b(?:account|user(?!\/))\b[^.]*\b(?:disabled|deactivated|inactive|not active|suspended|frozen|blocked|locked|expired)\b/i,
    examples: [
      ["Cyrus", "Login failed: account disabled"],
      ["Exchange", "Logon failure: account currently disabled."],
      ["Zimbra", "account is not active"],
    ],
  },
  {
    means: "moved",
    pattern: /\bmoved to another server\b/i,
    examples: [["Cyrus", "Mailbox has been moved to another server"]],
  },
  {
    means: "tls-required",
    pattern:
      /\b(?:clear|plain) ?text (?:auth\w*|passwords?|logins?)\b|\b(?:only available under|must|requires?|required)\b[^.]*\b(?:layer|tls|ssl|stls|starttls|encryption)\b|\b(?:tls|ssl|starttls|encryption)\b[^.]*\brequired\b|\bafter entering tls\b|\bunsecured log ?ins? disabled\b/i,
    examples: [
      ["Courier", "TLS required to log in."],
      ["Cyrus", "Login only available under a layer"],
      ["Dovecot", "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."],
      ["hMailServer", "A SSL/TLS-connection is required for authentication."],
    ],
  },
  {
    means: "method-refused",
    pattern:
      /\b(?:unknown|unrecogni[sz]ed|unsupported|invalid|illegal|bad) (?:command|auth\w* (?:mechanism|method|type)|mechanism)|\bnot (?:implemented|supported)\b|\bsyntax error\b|\b(?:not valid in this|invalid) state\b|\bprotocol error\b|\btoo (?:many|few) (?:arg|param)\w*|\bcommand (?:argument )?error\b|\b(?:log ?ins?|user\/pass) (?:is |are )?disabled\b|\bno mechanism available\b|\bmechanism too weak\b|\bto use mechanism\b/i,
    examples: [
      ["Dovecot", "Unsupported authentication mechanism."],
      ["Exchange", "Command is not valid in this state."],
    ],
  },
  {
    means: "unavailable",
    pattern:
      /\btemporar(?:y|il\w+)\b|\b(?:try|retry) (?:again )?(?:later|in)\b|\b(?:unavailable|inaccessible|overload(?:ed)?|out of memory|not responding)\b|\b(?:server|service|system)(?: is)? (?:not available|busy|error|down)\b|\b(?:auth\w*|login|ldap) (?:service|server|process|daemon|backend)\b[^.]*\b(?:fail\w*|full|broken|error|down|respond\w*)\b|\binternal (?:\w+ )?(?:error|failure)\b|\b(?:generic|transient) failure\b|\bmaintenance\b|\btimed? ?out\b|\bi\/o error\b|\bnot connected\b|\blookup failed\b|\b(?:unable|failed) to (?:open|access|read)\b|\b(?:can't|can ?not|could not)(?: \w+)? (?:open|connect|contact|read)\b|\bunable to (?:connect|contact)\b|\bchdir\b|\bno such file\b|\bconnection (?:is )?closed\b|\bdatabase (?:error|connection|is locked)\b|\bshutting down\b/i,
    examples: [
      ["Courier", "Temporary problem, please try again later"],
      ["Courier", "chdir Maildir failed"],
      ["Cyrus", "Login failed: generic failure"],
      ["Dovecot", "Temporary authentication failure."],
      ["Dovecot", "Internal login failure. Refer to server log for more information."],
      ["Exchange", "Server Unavailable. 21"],
      ["Exchange", "User is authenticated but not connected."],
    ],
  },
  {
    means: "wrong-credentials",
    pattern:
      /\b(?:auth\w*|log ?[io]n|logon|sign[- ]?in|password|passphrase|credentials?)\b[^.]*\b(?:fail\w*|incorrect|invalid|rejected|mismatch|wrong)\b|\b(?:no such|never heard of|sorry, no)\b[^.]*\b(?:user|mail ?box|account)\b/i,
    examples: [
      ["Courier", "Login failed."],
      ["Cyrus", "Login failed: authentication failure"],
      ["qmail", "authorization failed"],
      ["RFC 1939", "never heard of mailbox name"],
    ],
  },
];

/** As much of a text as is looked at: some patterns take its length squared. */
const TEXT_OCTETS = 300;

/** What a text means; undefined where no well-known server words it so. */
export function knownText(text: string): Meaning | undefined {
  const start = text.slice(0, TEXT_OCTETS);
  return KNOWN_TEXTS.find(({ pattern }) => pattern.test(start))?.means;
}
