/** Where the issuer sends users back to after a sign-in, and after a sign-out. Both are registered at the issuer. */
export const callbackPath = '/callback';
export const signedOutPath = '/signed-out';

/** The page that shows how to log in at a command line. */
export const tokenPath = '/token';

/** The page to come back to after a sign-in at a path: that one, without query and fragment, unless it is none to come back to. */
export function returnPath(path: string): string {
  // One that a browser could take for another host is none of ours.
  const [pathname = ''] = path.split(/[?#]/);
  const isOurs = /^\/(?![/\\])/.test(pathname);
  return isOurs && pathname !== callbackPath && pathname !== signedOutPath ? pathname : '/';
}
