import { ErrorResponse, ErrorTimeout } from 'oidc-client-ts';

const text = {
  refused: (code: string) => `The issuer refused the sign-in: ${code}.`,
  otherError: 'The issuer refused the sign-in with an error.',
  silent: (origin: string) => `The issuer did not answer this browser. It must be reachable from here, and allow requests from ${origin} (CORS).`,
  unusable: 'The answer of the issuer cannot be used.',
};

// The codes that OAuth 2.0 (RFC 6749) and OpenID Connect define. Anything else that stands in an error may be anybody's words, and is not shown.
const codes = new Set([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'invalid_client',
  'invalid_grant',
  'unsupported_grant_type',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
]);

const needsUser = new Set(['login_required', 'interaction_required', 'consent_required', 'account_selection_required']);

/** Whether the issuer has let a silent sign-in come back because it wants to see the user. */
export function wantsUser(error: unknown): boolean {
  return error instanceof ErrorResponse && needsUser.has(error.error ?? '');
}

// What an issuer says that has trouble of its own.
const troubles = new Set(['server_error', 'temporarily_unavailable']);

/** Whether the issuer itself has refused to renew a session. Anything else that goes wrong may pass. */
export function endsSession(error: unknown): boolean {
  return error instanceof ErrorResponse && !troubles.has(error.error ?? '');
}

/** Why a sign-in failed, as a sentence for the user of a console at origin. */
export function whyFailed(error: unknown, origin: string): string {
  if (error instanceof ErrorResponse) {
    const code = error.error ?? '';
    return codes.has(code) ? text.refused(code) : text.otherError;
  }
  // TypeError is what fetch throws when no answer comes, or one that this page may not read.
  return error instanceof TypeError || error instanceof ErrorTimeout ? text.silent(origin) : text.unusable;
}
