/** Where questions get the user's access token from. */
export interface Bearer {
  /** The token to ask with now; undefined while nobody is signed in. */
  token: () => string | undefined;
  /** Another token in place of one that the console has refused; undefined when there is none to be had, which ends the session. */
  renew: (refused: string) => Promise<string | undefined>;
  /** Ends the session: the console has refused a token that was renewed just now. */
  refused: (token: string) => void;
}

let current: Bearer | undefined;

/** Has all questions asked with a user's token from now on, until the function that it returns is called. Without it they go without one: auth None. */
export function askAs(bearer: Bearer): () => void {
  current = bearer;
  return () => {
    if (current === bearer) {
      current = undefined;
    }
  };
}

// The console's own pages need no token, and nobody else is to get one.
const withToken = /^\/(api|regions)\//;

/** Whose token goes along with a question to a path, if anybody's. */
export function bearerFor(path: string): Bearer | undefined {
  return withToken.test(path) ? current : undefined;
}
