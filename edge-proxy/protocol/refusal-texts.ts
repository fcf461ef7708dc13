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
      /\b(?:invalid|incorrect|wrong|bad|unknown)\b(?! (?:command|state|mechanism|method|request|argument|auth\w* (?:mechanism|method|type)))[^.]*\b(?:password|passphrase|credentials?|user(?: ?name| ?id)?|login|logon)\b/i,
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
    pattern: /\bpass(?:word|phrase)\b[^.]*\bexpired\b/i,
    examples: [["Cyrus", "Login failed: passphrase expired, has to be reset"]],
  },
  {
    means: "login-delay",
    pattern:
      /\blog(?:in|on)s? (?:limit|interval|delay|must be at least|(?:is )?allowed only)|\btoo (?:soon|frequent)/i,
    examples: [
      ["Cyrus", "Logins must be at least 5 minutes apart"],
      ["Outlook.com", "Exceeded the login limit for a 15 minute period."],
    ],
  },
  {
    means: "limit",
    pattern:
      /\btoo many\b|\bmax(?:imum)?\b[^.]*\b(?:connections?|sessions?|logins?|users)\b|\b(?:connection|rate|bandwidth) limits?\b|\bthrottled\b/i,
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
      /\b(?:mail ?drop|mail ?box|folder)\b[^.]*\b(?:locked|in use|busy)\b|\block (?:the )?(?:mail ?drop|mail ?box)\b|\block busy\b|\bget lock\b|\banother (?:\w+ )?session\b/i,
    examples: [
      ["RFC 1939", "maildrop already locked"],
      ["Cyrus", "Unable to lock maildrop: Mailbox is locked"],
      ["Qpopper", "/var/mail/.alice.pop lock busy! Is another session active? (11)"],
      ["UW IMAP", "Can't get lock. Mailbox in use"],
    ],
  },
  {
    means: "over-quota",
    pattern: /\bover ?quota\b|\bquota (?:is )?exceeded\b|\bexceed\w*\b[^.]*\bquota\b/i,
    examples: [["Cyrus", "Over quota"]],
  },
  {
    means: "not-permitted",
    pattern:
      /\b(?:imap4?|pop3?)\b[^.]*\b(?:disabled|not (?:be )?(?:enabled|allowed|permitted|available|part))\b|\bnot enabled for (?:imap|pop3?)|\bvia your web browser\b|\bweb login required\b|\bapplication-specific password required\b/i,
    examples: [
      ["Gmail", "Your account is not enabled for IMAP use."],
      ["Gmail", "Please log in via your web browser: https://support.google.com/mail/ (Failure)"],
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
      /\b(?:clear|plain) ?text (?:auth\w*|passwords?|logins?)\b|\b(?:only available under|must|requires?|required)\b[^.]*\b(?:layer|tls|ssl|stls|starttls|encryption)\b/i,
    examples: [
      ["Cyrus", "Login only available under a layer"],
      ["Dovecot", "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."],
    ],
  },
  {
    means: "method-refused",
    pattern:
      /\b(?:unknown|unrecogni[sz]ed|unsupported|invalid|illegal|bad) (?:command|auth\w* (?:mechanism|method|type)|mechanism)|\bnot (?:implemented|supported)\b|\bsyntax error\b|\bnot valid in this state\b|\bno mechanism available\b|\bmechanism too weak\b|\bto use mechanism\b/i,
    examples: [
      ["Dovecot", "Unsupported authentication mechanism."],
      ["Exchange", "Command is not valid in this state."],
    ],
  },
  {
    means: "unavailable",
    pattern:
      /\btemporar(?:y|il\w+)\b|\b(?:try|retry) (?:again )?later\b|\b(?:server|service|system)(?: is)? (?:unavailable|not available|busy|overloaded|error|down)\b|\binternal (?:\w+ )?(?:error|failure)\b|\b(?:generic|transient) failure\b|\bmaintenance\b|\btimed? ?out\b|\bi\/o error\b|\bnot connected\b|\blookup failed\b|\bunable to open (?:the )?(?:mail ?drop|mail ?box)\b|\bshutting down\b/i,
    examples: [
      ["Courier", "Temporary problem, please try again later"],
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
