import type { Issuer } from '../api/console';

const url = 'https://login.eu.example.com/realms/eu';

/** What a user looks like to the issuer. */
type Claims = Record<string, unknown>;

type TokenAnswer = { status: number; body: unknown } | 'unreachable';

/** An unsigned JWT. */
export const unsigned = (claims: Claims) => ['{"alg":"none"}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');

/** Stands in for the issuer: what it tells the console of itself, what it answers at its token endpoint, and where it sends users back to. */
export class FakeIssuer {
  auth: Issuer = {
    type: 'OIDC',
    issuerURL: url,
    clientID: 'geoconsole',
    scopes: ['openid', 'profile'],
    authorizationURL: `${url}/auth`,
    tokenURL: `${url}/token`,
    endSessionURL: `${url}/logout`,
  };
  /** What the ID token says of the user beside iss and aud. */
  claims: Claims = { sub: 'CgcwOC0w', preferred_username: 'user-07' };
  /** For how many seconds an access token lasts. */
  lifetime: number | undefined = 600;
  givesRefreshTokens = false;
  /** Makes the nth refresh token; Dex's are opaque, Keycloak's are a JWT. */
  refreshTokenOf = (n: number): string => `refresh-${n}`;
  /** Takes the place of what the token endpoint answers. */
  tokenAnswer: TokenAnswer | undefined;
  /** Lets the token endpoint wait. */
  holds: Promise<void> | undefined;
  /** What was posted to the token endpoint. */
  readonly posted: Record<string, string>[] = [];
  /** The access tokens that the console takes. */
  readonly good = new Set<string>();
  private readonly challenges = new Map<string, string>();
  private count = 0;
  private refreshToken = '';

  /** Answers a sign-in as the issuer would: the path at which the browser comes back to the console. */
  signsIn(url: string): string {
    const asked = new URL(url).searchParams;
    const code = `code-${++this.count}`;
    this.challenges.set(code, asked.get('code_challenge') ?? '');
    return `/callback?${new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString()}`;
  }

  /** Lets a sign-in come back with an error. */
  refuses(url: string, error: string, error_description = ''): string {
    const state = new URL(url).searchParams.get('state') ?? '';
    return `/callback?${new URLSearchParams({ error, error_description, state }).toString()}`;
  }

  /** Has the console refuse all tokens so far. */
  revokes(): void {
    this.good.clear();
  }

  async fetch(init: RequestInit | undefined): Promise<Response> {
    const posted = Object.fromEntries(init?.body as URLSearchParams);
    this.posted.push(posted);
    await this.holds;
    const answer = this.tokenAnswer ?? (await this.answer(posted));
    if (answer === 'unreachable') {
      throw new TypeError('Failed to fetch');
    }
    return new Response(JSON.stringify(answer.body), { status: answer.status, headers: { 'Content-Type': 'application/json' } });
  }

  private async answer(posted: Record<string, string>): Promise<TokenAnswer> {
    if (!(await this.isGood(posted))) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const access = `access-${++this.count}`;
    this.good.add(access);
    this.refreshToken = this.refreshTokenOf(this.count);
    return {
      status: 200,
      body: {
        access_token: access,
        token_type: 'bearer',
        expires_in: this.lifetime,
        id_token: unsigned({ iss: url, aud: 'geoconsole', ...this.claims }),
        ...(this.givesRefreshTokens ? { refresh_token: this.refreshToken } : {}),
      },
    };
  }

  /** A code is good once and for who has the verifier; a refresh token once. */
  private async isGood({ grant_type, code = '', code_verifier = '', refresh_token }: Record<string, string>): Promise<boolean> {
    if (grant_type === 'refresh_token') {
      return refresh_token === this.refreshToken;
    }
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code_verifier))).toString('base64url');
    const isGood = this.challenges.get(code) === hash;
    this.challenges.delete(code);
    return isGood;
  }
}
