import * as v from 'valibot';
import type { Bearer } from '../api/bearer';
import type { Issuer } from '../api/console';
import type { Browser, Tabs } from './browser';
import { clearPending, clientOf } from './client';
import { callbackPath, returnPath, signedOutPath, tokenPath } from './paths';
import { wantsUser, whyFailed } from './refusals';
import { Renewal } from './renewal';
import { tokensOf } from './tokens';

const text = {
  notBegun: 'This browser cannot begin a sign-in. It needs https and must let this page keep data until its tab is closed.',
  notOurs: 'It was not begun in this tab, or has been completed already.',
};

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
  /** The token has run out, and the issuer cannot be asked for another one now. */
  | { is: 'Interrupted' }
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

// The standings with a session, or on the way to one.
const follows = new Set<Standing['is']>(['SignedIn', 'Interrupted', 'Going', 'IssuerSilent']);

/** What the issuer is asked to show. */
type Prompt = 'none' | 'login' | 'consent';

/** Shows another page of ours in place of the shown one. */
type Go = (path: string) => void;

/** One user's session in one tab. All that it has from the issuer is in its memory, and goes with the page. */
export class Session implements Bearer {
  private readonly browser: Browser;
  private readonly listeners = new Set<() => void>();
  private standing: Standing = { is: 'Going' };
  /** How the page stands when nothing is under way. */
  private rests: Standing = { is: 'SignInNeeded' };
  private opened = false;
  private issuer: Issuer | undefined;
  /** Counts the sign-outs: what was begun before one is not completed after it. */
  private epoch = 0;
  /** What waits for the issuer's addresses. */
  private next: ((issuer: Issuer) => Promise<void>) | undefined;
  /** Those of this console, once it is known that there is a login. */
  private tabs: Tabs | undefined;
  private readonly tokens: Renewal;

  constructor(browser: Browser) {
    this.browser = browser;
    this.tokens = new Renewal(browser, {
      interrupted: () => {
        this.stand({ is: 'Interrupted' });
      },
      resumed: ({ user, issuer }) => {
        this.stand({ is: 'SignedIn', user, issuer });
      },
      ended: () => {
        this.stand({ is: 'Expired' });
      },
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
      this.tabs = this.browser.tabs();
      this.tabs.addEventListener('message', () => {
        this.leftElsewhere();
      });
      this.begin(path, go);
    }
    this.goOn();
  }

  /** Sends the user to the issuer, to come back to a path. */
  signIn(path: string): void {
    // Whoever was signed out would be let in again without a word where the issuer's own session goes on.
    const prompt = this.standing.is === 'SignedOut' ? 'login' : undefined;
    this.next = (issuer) => this.ask(issuer, { kind: 'Shown', path }, prompt);
    this.goOn();
  }

  /** Sends the user to the issuer for a refresh token for the command line. */
  loadToken(): void {
    this.next = (issuer) => this.ask(issuer, { kind: 'Offline', path: tokenPath }, 'consent'); // without it an issuer may leave offline_access out
    this.goOn();
  }

  /** Forgets the user, in all tabs, and at the issuer where it can be told. */
  async signOut(): Promise<void> {
    this.forget({ is: 'Going' });
    this.tabs?.postMessage('SignedOut');
    this.browser.replace(await this.wayOut());
  }

  /** Back from the issuer, a browser may show the page as it was left. It has nothing to wait for then, and goes nowhere by itself. */
  readonly shownAgain = (): void => {
    if (this.standing.is === 'Going') {
      this.forget(this.rests);
      void this.clearPending();
    }
  };

  /** Asks the issuer once more for a token where the session waits for one. */
  readonly retry = (): void => {
    this.tokens.retry();
  };

  readonly token = (): string | undefined => this.tokens.access;

  readonly renew = (refused: string): Promise<string | undefined> => this.tokens.instead(refused);

  readonly refused = (token: string): void => {
    this.tokens.refused(token);
  };

  private async wayOut(): Promise<string> {
    const { issuer } = this;
    if (issuer === undefined || issuer.endSessionURL === '') {
      return this.browser.origin + signedOutPath;
    }
    // Without the ID token as a hint: it would stand in the browser's history and in logs.
    const { url } = await clientOf(this.browser, issuer).createSignoutRequest();
    return url;
  }

  private begin(path: string, go: Go): void {
    const [pathname] = path.split(/[?#]/);
    if (pathname === signedOutPath) {
      // A sign-in that a sign-out has overtaken leaves nothing either.
      void this.clearPending();
      this.rests = { is: 'SignedOut' };
      this.stand(this.rests);
    } else if (pathname === callbackPath) {
      go(callbackPath); // without the code, so that it is neither in the history nor read twice
      this.next = (issuer) => this.complete(issuer, path, go);
    } else if (this.browser.cameBack()) {
      this.stand(this.rests); // or nobody could go back beyond this page
    } else {
      this.next = (issuer) => this.ask(issuer, { kind: 'Silent', path }, 'none');
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

  private async ask(issuer: Issuer, { kind, path }: Wish, prompt?: Prompt): Promise<void> {
    const { epoch } = this;
    this.stand({ is: 'Going' });
    try {
      await clearPending(this.browser);
      const { url } = await clientOf(this.browser, issuer).createSigninRequest({
        // Of the path only what names the page: the rest may hold anything.
        state: { kind, path: returnPath(path) } satisfies Wish,
        scope: [...new Set(kind === 'Offline' ? [...issuer.scopes, 'offline_access'] : issuer.scopes)].join(' '),
        ...(prompt && { prompt }),
      });
      if (this.epoch === epoch) {
        this.browser.leave(url);
      }
    } catch {
      this.forget({ is: 'Failed', why: text.notBegun });
    }
  }

  /** Takes the issuer's answer at the callback. Whatever it is, nothing of the sign-in is left in the browser's storage. */
  private async complete(issuer: Issuer, answer: string, go: Go): Promise<void> {
    const { epoch } = this;
    this.stand({ is: 'Going' });
    const wish = await this.wishOf(issuer, answer);
    let standing: Standing;
    try {
      standing = wish === undefined ? { is: 'Failed', why: text.notOurs } : await this.exchange(issuer, answer, wish);
    } catch (error) {
      standing = wish?.kind === 'Silent' && wantsUser(error) ? { is: 'SignInNeeded' } : { is: 'Failed', why: whyFailed(error, this.browser.origin) };
    }
    await this.clearPending();
    if (this.epoch !== epoch) {
      return;
    }
    go(wish?.path ?? '/');
    this.stand(standing);
  }

  private async exchange(issuer: Issuer, answer: string, { kind }: Wish): Promise<Standing> {
    const { epoch } = this;
    const tokens = tokensOf(await clientOf(this.browser, issuer).processSigninResponse(answer), issuer);
    if (this.epoch !== epoch) {
      return { is: 'SignedOut' }; // by another tab, while the issuer was asked
    }
    const { user, refresh, access, lasts } = tokens;
    // A refresh token may be used once. The one for the command line is the user's, so the session does without.
    this.tokens.hold(kind === 'Offline' ? { ...tokens, refresh: undefined } : tokens);
    return { is: 'SignedIn', user, issuer, ...(kind === 'Offline' && { commandLine: { refresh, access, ends: lasts === undefined ? undefined : Date.now() + lasts } }) };
  }

  /** What a sign-in was begun for; undefined when it was not begun in this tab. */
  private async wishOf(issuer: Issuer, answer: string): Promise<Wish | undefined> {
    try {
      const { state } = await clientOf(this.browser, issuer).readSigninResponseState(answer);
      return v.parse(wishShape, state.data);
    } catch {
      return undefined;
    }
  }

  /** Follows a sign-out in another tab; so does a sign-in that is under way. */
  private leftElsewhere(): void {
    if (follows.has(this.standing.is)) {
      this.forget({ is: 'Going' });
      this.browser.replace(this.browser.origin + signedOutPath);
    }
  }

  private forget(standing: Standing): void {
    this.epoch++;
    this.next = undefined;
    this.tokens.drop();
    this.stand(standing);
  }

  private async clearPending(): Promise<void> {
    await clearPending(this.browser).catch(() => undefined); // a storage that is switched off holds nothing
  }

  private stand(standing: Standing): void {
    this.standing = standing;
    for (const changed of this.listeners) {
      changed();
    }
  }
}
