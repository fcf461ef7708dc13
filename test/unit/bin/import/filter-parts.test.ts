import { expect, test } from "vitest";
import { divideFilter } from "../../../../bin/import/mmp/filter-parts.ts";

test.each<[text: string, perLogin: string | undefined, fixed: string[]]>([
  ["(uid=%U)", "(uid=%U)", []],
  ["(|(uid=%U)(mail=%s))", "(|(uid=%U)(mail=%s))", []],
  ["(&(objectClass=user)(uid=%U))", "(uid=%U)", ["(objectClass=user)"]],
  ["(&(uid=%U)(!(status=deleted)))", "(uid=%U)", ["(!(status=deleted))"]],
  ["(&(uid=%U)(!(|(a=b)(c=d))))", "(uid=%U)", ["(!(|(a=b)(c=d)))"]],
  ["(& (a=b) (& (c=d) (uid=%U) ) )", "(uid=%U)", ["(a=b)", "(c=d)"]],
  ["(&(uid=%U)(mail=%s)(a=b))", "(&(uid=%U)(mail=%s))", ["(a=b)"]],
  // Taken out of an OR or a NOT, a part would change what the rest finds.
  ["(|(a=b)(uid=%U))", "(|(a=b)(uid=%U))", []],
  ["(&(!(uid=%U))(a=b))", "(!(uid=%U))", ["(a=b)"]],
  ["(a=50%%)", undefined, ["(a=50%)"]],
  // What is no filter is left to whoever reads it.
  ["(&(uid=%U)", "(&(uid=%U)", []],
  ["(&(uid=%U)x(a=b))", "(&(uid=%U)x(a=b))", []],
])("%s", (text, perLogin, fixed) => {
  expect(divideFilter(text)).toEqual({ perLogin, fixed });
});
