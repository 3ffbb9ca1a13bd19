import type { SigninResponse } from 'oidc-client-ts';
import * as v from 'valibot';
import type { Issuer } from '../api/console';

const text = v.pipe(v.string(), v.nonEmpty());
// What turns the direction of writing, or is not seen at all, could make one name look like another.
const unseen = /[\p{Cc}\p{Cf}]/gu;
const plain = (name: string) => name.replace(unseen, '').trim();
const claim = v.fallback(v.optional(v.pipe(v.string(), v.transform(plain), v.nonEmpty())), undefined);

const answerShape = v.object({
  access_token: text,
  token_type: v.pipe(v.string(), v.toLowerCase(), v.literal('bearer')),
  expires_in: v.optional(v.number()),
  refresh_token: v.optional(text),
  id_token: text,
  scope: v.string(),
  profile: v.object({
    iss: v.string(),
    aud: v.union([v.string(), v.array(v.string())]),
    sub: text,
    preferred_username: claim,
    name: claim,
    email: claim,
  }),
});

/** What an issuer gave for one user. It is held in memory only. */
export interface Tokens {
  /** Who gave them, and alone may have the refresh token back. */
  issuer: Issuer;
  access: string;
  refresh: string | undefined;
  /** The ID token, to see that a renewal is for the same user. */
  id: string;
  scope: string;
  profile: SigninResponse['profile'];
  /** How the user is called. */
  user: string;
  /** For how many milliseconds from now on the access token lasts, when the issuer says so. It is a span, so that a wrong clock does no harm. */
  lasts: number | undefined;
}

/** Reads what an issuer answered. Throws when it is not for this client, or not an answer to work with. */
export function tokensOf(answer: SigninResponse, issuer: Issuer): Tokens {
  const read = v.parse(answerShape, answer);
  const { iss, aud, sub, preferred_username, name, email } = read.profile;
  if (iss !== issuer.issuerURL || ![aud].flat().includes(issuer.clientID)) {
    throw new Error('the ID token is of another issuer, or for another client');
  }
  return {
    issuer,
    access: read.access_token,
    refresh: read.refresh_token,
    id: read.id_token,
    scope: read.scope,
    profile: answer.profile,
    user: preferred_username ?? name ?? email ?? plain(sub),
    // One that lasts no time at all would be renewed without end.
    lasts: read.expires_in === undefined || read.expires_in <= 0 ? undefined : read.expires_in * 1000,
  };
}
