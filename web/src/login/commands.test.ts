import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { FakeIssuer } from '../testing/fakeIssuer';
import { loginCommand } from './commands';

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
