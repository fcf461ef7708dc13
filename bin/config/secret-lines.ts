/** `name:StoreAdminPass value` and its like; a comment is none. The name of a file with passwords does not end so. */
const PASSWORD_LINE = /^[^#\r\n]*:\w*pass(?:word|wd)?[ \t]/im;
const PRIVATE_KEY = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/m;

/** Whether the text of a file of the old multiplexor, such as a virtual domain file, contains a password or a private key. */
export const hasSecretLines = (text: string): boolean => PASSWORD_LINE.test(text) || PRIVATE_KEY.test(text);
