import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import type { Issuer } from '../api/console';
import type { Browser } from './browser';
import { callbackPath, signedOutPath } from './paths';

// A user is not kept waiting longer for the issuer (seconds), as for the console.
export const issuerTimeout = 30;

/** Where a sign-in that is under way is kept. Throws where the browser has it switched off. */
function pendingStore(browser: Browser): WebStorageStateStore {
  return new WebStorageStateStore({ store: browser.pending(), prefix: 'geoconsole.login.' });
}

/** Leaves nothing of a sign-in in the browser's storage. */
export async function clearPending(browser: Browser): Promise<void> {
  const store = pendingStore(browser);
  for (const key of await store.getAllKeys()) {
    await store.remove(key);
  }
}

/** Speaks to an issuer for the console that is open in a browser. */
export function clientOf(browser: Browser, issuer: Issuer): OidcClient {
  const { origin } = browser;
  return new OidcClient({
    authority: issuer.issuerURL,
    client_id: issuer.clientID,
    redirect_uri: origin + callbackPath,
    post_logout_redirect_uri: origin + signedOutPath,
    // All that the client needs to know, so that it asks the issuer for nothing but tokens.
    metadata: {
      issuer: issuer.issuerURL,
      authorization_endpoint: issuer.authorizationURL,
      token_endpoint: issuer.tokenURL,
      end_session_endpoint: issuer.endSessionURL,
    },
    stateStore: pendingStore(browser),
    fetchRequestCredentials: 'omit',
    requestTimeoutInSeconds: issuerTimeout,
  });
}
