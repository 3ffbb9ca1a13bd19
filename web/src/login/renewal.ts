import type { Browser } from './browser';
import { clientOf, issuerTimeout } from './client';
import { endsSession } from './refusals';
import { type Tokens, tokensOf } from './tokens';

// The longest wait that a browser's timer knows (milliseconds): 24 days. What lasts longer, the console will say when it has run out.
const longestWait = 2 ** 31 - 1;
// How long before a token runs out it is renewed (milliseconds), or at a quarter of its life when that is later.
const renewAhead = 60_000;
// How long to wait for the issuer after a renewal that failed (milliseconds): twice as long each time.
const firstRetry = 2_000;
const longestRetry = 60_000;

/** Has the session follow what became of its tokens. */
export interface Followers {
  /** The token is of no use any more, and the issuer cannot be asked for another one now. */
  interrupted: () => void;
  /** There is a good token again. */
  resumed: (tokens: Tokens) => void;
  /** The issuer gives no other token. */
  ended: () => void;
}

/** The tokens of one session, which it renews for as long as the issuer lets it. They are in its memory only. */
export class Renewal {
  private readonly browser: Browser;
  private readonly followers: Followers;
  private held: Tokens | undefined;
  /** Whether the token has run out, while another one is still to be had. */
  private waits = false;
  private tries = 0;
  private renewing: Promise<Tokens> | undefined;
  private timers: ReturnType<typeof setTimeout>[] = [];

  constructor(browser: Browser, followers: Followers) {
    this.browser = browser;
    this.followers = followers;
  }

  /** The access token to ask with. */
  get access(): string | undefined {
    return this.waits ? undefined : this.held?.access;
  }

  hold(tokens: Tokens): void {
    this.drop();
    this.held = tokens;
    const { access, refresh, lasts } = tokens;
    if (lasts === undefined) {
      return; // the console will say when it has run out
    }
    if (refresh !== undefined) {
      // A renewal that fails ahead of time is no harm yet: it is tried again when the token has run out.
      this.after(lasts - Math.min(renewAhead, lasts / 4), () => this.renewOnce().catch(() => undefined));
    }
    this.after(lasts, () => this.instead(access));
  }

  drop(): void {
    this.stopTimers();
    this.held = undefined;
    this.waits = false;
    this.tries = 0;
  }

  /** Another token in place of one that is of no use; undefined when there is none now. */
  async instead(refused: string): Promise<string | undefined> {
    if (this.held?.access !== refused) {
      return this.access; // renewed meanwhile, or signed out
    }
    try {
      return (await this.renewOnce()).access;
    } catch (error) {
      this.failed(refused, error);
      return undefined;
    }
  }

  /** Asks the issuer again at once, if the session waits for it. */
  readonly retry = (): void => {
    if (this.waits && this.held !== undefined) {
      void this.instead(this.held.access);
    }
  };

  /** Ends what stands on a token. */
  refused(token: string): void {
    if (this.held?.access === token) {
      this.drop();
      this.followers.ended();
    }
  }

  // An issuer that cannot be reached has not said no: a laptop that wakes up has no network yet.
  private failed(token: string, error: unknown): void {
    if (this.held?.access !== token) {
      return;
    }
    if (this.held.refresh === undefined || endsSession(error)) {
      this.refused(token);
      return;
    }
    this.stopTimers();
    this.after(Math.min(firstRetry * 2 ** this.tries, longestRetry), () => this.instead(token));
    this.tries++;
    if (!this.waits) {
      this.waits = true;
      this.followers.interrupted();
    }
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
    const answer = await clientOf(this.browser, issuer).useRefreshToken({ state, timeoutInSeconds: issuerTimeout });
    if (this.held !== held) {
      throw new Error('signed out meanwhile');
    }
    const read = tokensOf(answer, issuer);
    const tokens = { ...read, refresh: read.refresh ?? refresh };
    const { waits } = this;
    this.hold(tokens);
    if (waits) {
      this.followers.resumed(tokens);
    }
    return tokens;
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
}
