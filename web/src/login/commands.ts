import type { Issuer } from '../api/console';

/** Stands where the token belongs while there is none. */
export const noToken = '<token>';

/** The command by which ocm or rosa logs in to this console. Without --token-url and --client-id it would send the token to an issuer of its own choice. */
export function loginCommand(client: 'ocm' | 'rosa', consoleURL: string, { tokenURL, clientID }: Issuer, token: string | undefined): string {
  const given = token === undefined ? noToken : quoted(token);
  return `${client} login --url ${quoted(consoleURL)} --token-url ${quoted(tokenURL)} --client-id ${quoted(clientID)} --token ${given}`;
}

// What an issuer gives is pasted into a shell, which must not find a command in it.
function quoted(word: string): string {
  return /^[\w.:/@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
