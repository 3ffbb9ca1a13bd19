import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { FakeIssuer, unsigned } from '../testing/fakeIssuer';
import { loginCommand, takenByCommands } from './commands';

const url = 'https://console.eu.example.com';
const { auth } = new FakeIssuer();

it('names the issuer of this console, and has a place for the token', () => {
  expect(loginCommand('ocm', url, auth, undefined)).toBe(
    'ocm login --url https://console.eu.example.com --token-url https://login.eu.example.com/realms/eu/token --client-id geoconsole --token <token>',
  );
  expect(loginCommand('rosa', url, auth, 'Chl.z-_1=')).toMatch(/^rosa login .* --token Chl\.z-_1=$/);
});

it.each(['; id', '$(id)', '`id`', "'; id; '", 'a\nid', '"', '<token>', '-x y', ''])('hands %j to a command as one word, whatever a shell would make of it', (token) => {
  const command = loginCommand('ocm', url, { ...auth, clientID: token }, token).replace('ocm login', 'printf "%s\\0"');
  const words = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).split('\0');
  expect(words).toEqual(['--url', url, '--token-url', auth.tokenURL, '--client-id', token, '--token', token, '']);
});

// What ocm 1.0.15 and rosa 1.2.64 do with --token.
it.each([
  { what: "Keycloak's", token: unsigned({ typ: 'Refresh' }), isTaken: true },
  { what: "Keycloak's for good", token: unsigned({ typ: 'Offline', name: 'Zoë?>' }), isTaken: true },
  { what: 'an encrypted one', token: `${btoa('{"enc":"A256GCM",  "cty":"JWT"}').replace(/=+$/, '')}.a.b.c.d`, isTaken: true },
  { what: 'one encrypted in another way', token: `${btoa('{"enc":"A256GCM"}').replace(/=+$/, '')}.a.b.c.d`, isTaken: false },
  { what: 'a JWT that they would take for an access token', token: unsigned({ sub: 'a' }), isTaken: false },
  { what: 'a JWT of a type that they do not know', token: unsigned({ typ: 'ID' }), isTaken: false },
  { what: "Dex's", token: 'ChlkZ2VzZXRqNG1lbWs2YzVu', isTaken: false },
  { what: 'something with dots', token: 'a.b.c', isTaken: false },
  { what: 'something with more dots', token: 'a.b.c.d.e', isTaken: false },
])('knows whether the commands take $what', ({ token, isTaken }) => {
  expect(takenByCommands(token)).toBe(isTaken);
});
