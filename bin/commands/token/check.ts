import { TOKEN_PATH, TokenInfo } from "../../../route-api/contract/tokens.ts";
import { type ApiOptions, openApi } from "../support/api.ts";

/** Prints whose the token is. Throws a Failure, also if the API does not accept it. */
export async function checkToken(options: ApiOptions): Promise<void> {
  const found = await openApi("mmp token check", options).get(TOKEN_PATH, TokenInfo);
  const { name, scopes } = found;
  console.log(
    options.json === true ? JSON.stringify(found) : `The token is ${name}'s; scopes: ${scopes.join(", ")}`,
  );
}
