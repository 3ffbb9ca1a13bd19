import * as v from 'valibot';
import type { Issuer } from '../api/console';

/** Stands where the token belongs while there is none. */
export const noToken = '<token>';

/** The command by which ocm or rosa logs in to this console. Without --token-url and --client-id it would send the token to an issuer of its own choice. */
export function loginCommand(client: 'ocm' | 'rosa', consoleURL: string, { tokenURL, clientID }: Issuer, token: string | undefined): string {
  const given = token === undefined ? noToken : quoted(token);
  return `${client} login --url ${quoted(consoleURL)} --token-url ${quoted(tokenURL)} --client-id ${quoted(clientID)} --token ${given}`;
}

/** Whether ocm and rosa take a refresh token: they know one by what it holds, as an encrypted or a signed JWT, and cannot parse any other. */
export function takenByCommands(refreshToken: string): boolean {
  const parts = refreshToken.split('.');
  if (parts.length === 5) {
    return v.is(encrypted, decoded(`${parts[0] ?? ''}==`)); // with what they add to it, right or wrong
  }
  const standard = (parts[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return parts.length === 3 && v.is(refreshing, decoded(standard));
}

const encrypted = v.object({ enc: v.pipe(v.string(), v.nonEmpty()), cty: v.literal('JWT') });
const refreshing = v.object({ typ: v.picklist(['Refresh', 'Offline']) });

function decoded(base64: string): unknown {
  try {
    return JSON.parse(atob(base64));
  } catch {
    return undefined;
  }
}

// What an issuer gives is pasted into a shell, which must not find a command in it.
function quoted(word: string): string {
  return /^[\w.:/@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
