import { OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import * as v from 'valibot';
import type { Bearer } from '../api/bearer';
import type { Issuer } from '../api/console';
import type { Browser } from './browser';
import { callbackPath, returnPath, signedOutPath, tokenPath } from './paths';
import { wantsUser, whyFailed } from './refusals';
import { type Tokens, tokensOf } from './tokens';

const text = {
  notBegun: 'This browser cannot begin a sign-in. It needs https and must let this page keep data until its tab is closed.',
  notOurs: 'It was not begun in this tab, or has been completed already.',
};

// A user is not kept waiting longer for the issuer (seconds), as for the console.
const issuerTimeout = 30;
// The longest wait that a browser's timer knows (milliseconds): 24 days. What lasts longer, the console will say when it has run out.
const longestWait = 2 ** 31 - 1;
// How long before a token runs out it is renewed (milliseconds), or at a quarter of its life when that is later.
const renewAhead = 60_000;

/** How a user stands with this console. */
export type Standing =
  /** On the way to the issuer, or back. */
  | { is: 'Going' }
  /** A sign-in waits until the console knows where its issuer is. */
  | { is: 'IssuerSilent' }
  /** The issuer wants to see the user. */
  | { is: 'SignInNeeded' }
  /** commandLine is there after a sign-in that was for the command line. */
  | { is: 'SignedIn'; user: string; issuer: Issuer; commandLine?: CommandLine }
  | { is: 'Expired' }
  | { is: 'SignedOut' }
  | { is: 'Failed'; why: string };

/** What a sign-in for the command line gave. */
export interface CommandLine {
  refresh: string | undefined;
  access: string;
  /** When the access token ends, in milliseconds since 1970, when the issuer says so. */
  ends: number | undefined;
}

const wishShape = v.object({
  /** The page to come back to. */
  path: v.pipe(v.string(), v.transform(returnPath)),
  /** Silent asks the issuer not to show anything; Offline asks for a refresh token for the command line. */
  kind: v.picklist(['Silent', 'Shown', 'Offline']),
});
type Wish = v.InferOutput<typeof wishShape>;

/** Shows another page of ours in place of the shown one. */
type Go = (path: string) => void;

/** One user's session in one tab. All that it has from the issuer is in its memory, and goes with the page. */
export class Session implements Bearer {
  private readonly browser: Browser;
  private readonly listeners = new Set<() => void>();
  private standing: Standing = { is: 'Going' };
  private opened = false;
  private issuer: Issuer | undefined;
  /** What waits for the issuer's addresses. */
  private next: ((issuer: Issuer) => Promise<void>) | undefined;
  private held: Tokens | undefined;
  private renewing: Promise<Tokens> | undefined;
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(browser: Browser) {
    this.browser = browser;
    browser.tabs.addEventListener('message', () => {
      this.leftElsewhere();
    });
  }

  /** What a command line calls this console. */
  get consoleURL(): string {
    return this.browser.origin;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => {
      this.listeners.delete(changed);
    };
  };

  readonly now = (): Standing => this.standing;

  /**
   * Begins with the path (with query and fragment) that the browser was opened at; only the first call does. Every call tells the issuer's addresses anew:
   * a console that has just started does not know them yet, which takes nothing from one that has told them.
   */
  open(issuer: Issuer, path: string, go: Go): void {
    if (issuer.authorizationURL !== '' && issuer.tokenURL !== '') {
      this.issuer = issuer;
    }
    if (!this.opened) {
      this.opened = true;
      this.begin(path, go);
    }
    this.goOn();
  }

  /** Sends the user to the issuer, to come back to a path. */
  signIn(path: string): void {
    this.next = (issuer) => this.ask(issuer, { kind: 'Shown', path });
    this.goOn();
  }

  /** Sends the user to the issuer for a refresh token for the command line. */
  loadToken(): void {
    this.next = (issuer) => this.ask(issuer, { kind: 'Offline', path: tokenPath });
    this.goOn();
  }

  /** Forgets the user, in all tabs, and at the issuer where it can be told. */
  async signOut(): Promise<void> {
    this.forget({ is: 'Going' });
    this.browser.tabs.postMessage('SignedOut');
    this.browser.leave(await this.wayOut());
  }

  /** Back from the issuer, a browser may show the page as it was left. It has nothing to wait for then. */
  readonly shownAgain = (): void => {
    if (this.standing.is === 'Going') {
      this.browser.reload();
    }
  };

  readonly token = (): string | undefined => this.held?.access;

  readonly renew = async (refused: string): Promise<string | undefined> => {
    if (this.held?.access !== refused) {
      return this.held?.access; // renewed meanwhile, or signed out
    }
    try {
      return (await this.renewOnce()).access;
    } catch {
      this.refused(refused);
      return undefined;
    }
  };

  readonly refused = (token: string): void => {
    if (this.held?.access === token) {
      this.forget({ is: 'Expired' });
    }
  };

  private async wayOut(): Promise<string> {
    const { issuer } = this;
    if (issuer === undefined || issuer.endSessionURL === '') {
      return this.browser.origin + signedOutPath;
    }
    // Without the ID token as a hint: it would stand in the browser's history and in logs.
    const { url } = await this.client(issuer).createSignoutRequest();
    return url;
  }

  private begin(path: string, go: Go): void {
    const { pathname } = new URL(path, this.browser.origin);
    if (pathname === signedOutPath) {
      this.stand({ is: 'SignedOut' });
    } else if (pathname === callbackPath) {
      go(callbackPath); // without the code, so that it is neither in the history nor read twice
      this.next = (issuer) => this.complete(issuer, path, go);
    } else {
      this.next = (issuer) => this.ask(issuer, { kind: 'Silent', path });
    }
  }

  private goOn(): void {
    const { next, issuer } = this;
    if (next === undefined) {
      return;
    }
    if (issuer === undefined) {
      this.stand({ is: 'IssuerSilent' });
      return;
    }
    this.next = undefined;
    void next(issuer);
  }

  private async ask(issuer: Issuer, wish: Wish): Promise<void> {
    this.stand({ is: 'Going' });
    try {
      await this.clearPending();
      const { url } = await this.client(issuer).createSigninRequest({
        state: wish,
        scope: [...new Set(wish.kind === 'Offline' ? [...issuer.scopes, 'offline_access'] : issuer.scopes)].join(' '),
        ...(wish.kind === 'Silent' ? { prompt: 'none' } : {}),
      });
      this.browser.leave(url);
    } catch {
      this.forget({ is: 'Failed', why: text.notBegun });
    }
  }

  /** Takes the issuer's answer at the callback. Whatever it is, nothing of the sign-in is left in the browser's storage. */
  private async complete(issuer: Issuer, answer: string, go: Go): Promise<void> {
    this.stand({ is: 'Going' });
    const wish = await this.wishOf(issuer, answer);
    let standing: Standing;
    try {
      standing = wish === undefined ? { is: 'Failed', why: text.notOurs } : await this.exchange(issuer, answer, wish);
    } catch (error) {
      standing = wish?.kind === 'Silent' && wantsUser(error) ? { is: 'SignInNeeded' } : { is: 'Failed', why: whyFailed(error, this.browser.origin) };
    }
    await this.clearPending().catch(() => undefined); // a storage that is switched off holds nothing
    go(wish?.path ?? '/');
    this.stand(standing);
  }

  private async exchange(issuer: Issuer, answer: string, { kind }: Wish): Promise<Standing> {
    const tokens = tokensOf(await this.client(issuer).processSigninResponse(answer), issuer);
    const { user, refresh, access, lasts } = tokens;
    // A refresh token may be used once. The one for the command line is the user's, so the session does without.
    this.hold(kind === 'Offline' ? { ...tokens, refresh: undefined } : tokens);
    return { is: 'SignedIn', user, issuer, ...(kind === 'Offline' && { commandLine: { refresh, access, ends: lasts === undefined ? undefined : Date.now() + lasts } }) };
  }

  /** What a sign-in was begun for; undefined when it was not begun in this tab. */
  private async wishOf(issuer: Issuer, answer: string): Promise<Wish | undefined> {
    try {
      const { state } = await this.client(issuer).readSigninResponseState(answer);
      return v.parse(wishShape, state.data);
    } catch {
      return undefined;
    }
  }

  private hold(tokens: Tokens): void {
    this.stopTimers();
    this.held = tokens;
    const { access, refresh, lasts } = tokens;
    if (lasts === undefined) {
      return; // the console will say when it has run out
    }
    if (refresh !== undefined) {
      // A renewal that fails ahead of time is no harm yet: it is tried again when the token has run out.
      this.after(lasts - Math.min(renewAhead, lasts / 4), () => this.renewOnce().catch(() => undefined));
    }
    this.after(lasts, () => this.renew(access));
  }

  /** Renews the tokens; whoever asks while that is under way gets the same ones. */
  private renewOnce(): Promise<Tokens> {
    this.renewing ??= this.renewNow().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async renewNow(): Promise<Tokens> {
    const { held } = this;
    if (held?.refresh === undefined) {
      throw new Error('there is no refresh token');
    }
    const { issuer, refresh, id, scope, profile } = held;
    const state = { refresh_token: refresh, id_token: id, scope, profile, session_state: null };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the library has a class for its type, but does not export it
    const answer = await this.client(issuer).useRefreshToken({ state, timeoutInSeconds: issuerTimeout });
    if (this.held !== held) {
      throw new Error('signed out meanwhile');
    }
    const read = tokensOf(answer, issuer);
    const tokens = { ...read, refresh: read.refresh ?? refresh };
    this.hold(tokens);
    return tokens;
  }

  /** Follows a sign-out in another tab. */
  private leftElsewhere(): void {
    if (this.held !== undefined) {
      this.forget({ is: 'Going' });
      this.browser.leave(this.browser.origin + signedOutPath);
    }
  }

  private forget(standing: Standing): void {
    this.held = undefined;
    this.stopTimers();
    this.stand(standing);
  }

  private stand(standing: Standing): void {
    this.standing = standing;
    for (const changed of this.listeners) {
      changed();
    }
  }

  private after(wait: number, act: () => Promise<unknown>): void {
    if (wait <= longestWait) {
      this.timers.push(setTimeout(() => void act(), wait));
    }
  }

  private stopTimers(): void {
    this.timers.forEach(clearTimeout);
    this.timers = [];
  }

  private async clearPending(): Promise<void> {
    const store = this.store();
    for (const key of await store.getAllKeys()) {
      await store.remove(key);
    }
  }

  private store(): WebStorageStateStore {
    return new WebStorageStateStore({ store: this.browser.pending(), prefix: 'geoconsole.login.' });
  }

  private client(issuer: Issuer): OidcClient {
    const { origin } = this.browser;
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
      stateStore: this.store(),
      fetchRequestCredentials: 'omit',
      requestTimeoutInSeconds: issuerTimeout,
    });
  }
}
