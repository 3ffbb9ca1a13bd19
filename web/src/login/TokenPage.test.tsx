import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { FakeConsole } from '../testing/fakeConsole';
import { FakeBrowser } from '../testing/fakeBrowser';
import { FakeIssuer, unsigned } from '../testing/fakeIssuer';
import { open } from '../testing/open';
import { leaves, signIn } from '../testing/signIn';

let fake: FakeConsole;
let issuer: FakeIssuer;
beforeEach(() => {
  globalThis.sessionStorage.clear();
  issuer = new FakeIssuer();
  fake = new FakeConsole();
  fake.issuer = issuer;
});

const field = (name: string) => screen.findByRole<HTMLInputElement>('textbox', { name });
const login = (client: string, token: string) =>
  `${client} login --url https://console.eu.example.com --token-url https://login.eu.example.com/realms/eu/token --client-id geoconsole --token ${token}`;

/** Signs in, presses the button, and comes back from the issuer. */
async function loadsToken() {
  const { user, browser } = await signIn(issuer, '/token');
  const load = await screen.findByRole('button', { name: 'Load token' });
  issuer.givesRefreshTokens = true;
  await user.click(load);
  const [url = ''] = await leaves(browser);
  cleanup();
  const back = new FakeBrowser();
  return { user: open(issuer.signsIn(url), back), browser: back, url };
}

describe('the command line page', () => {
  it('is in the navigation, and shows the commands without a token', async () => {
    const { user } = await signIn(issuer);
    const nav = within(await screen.findByRole('navigation', { name: 'Main' }));
    expect(nav.getAllByRole('link').map(({ textContent }) => textContent)).toEqual(['Clusters', 'Command line']);
    await user.click(nav.getByRole('link', { name: 'Command line' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Command line' })).toBeVisible();
    expect(document.title).toBe('Command line · EU · GeoConsole');
    expect((await field('ocm login command')).value).toBe(login('ocm', '<token>'));
    expect((await field('rosa login command')).value).toBe(login('rosa', '<token>'));
    expect(await field('ocm login command')).toHaveAttribute('readonly');
    expect(screen.queryByRole('textbox', { name: 'Refresh token' })).not.toBeInTheDocument();
    await expectAccessible();
  });

  it('gets a token by a sign-in of its own, and keeps it nowhere', async () => {
    issuer.refreshTokenOf = (n) => unsigned({ typ: 'Refresh', n });
    const { browser, url } = await loadsToken();
    const asked = new URL(url).searchParams;
    expect([asked.get('scope'), asked.get('prompt')]).toEqual(['openid profile offline_access', 'consent']);
    const token = (await field('Refresh token')).value;
    expect(token).toBe(unsigned({ typ: 'Refresh', n: 4 }));
    expect((await field('ocm login command')).value).toBe(login('ocm', token));
    expect((await field('rosa login command')).value).toBe(login('rosa', token));
    expect(browser.addresses.at(-1)).toBe('/token');
    expect(JSON.stringify([Object.entries(globalThis.sessionStorage), Object.entries(globalThis.localStorage), globalThis.document.cookie, browser.addresses])).not.toContain(token);
    expect(globalThis.sessionStorage).toHaveLength(0);
    await expectAccessible();

    cleanup();
    await signIn(issuer, '/token');
    expect((await field('ocm login command')).value).toBe(login('ocm', '<token>'));
  });

  it('asks for the scope once, where the console asks for it anyhow', async () => {
    issuer.auth = { ...issuer.auth, scopes: ['openid', 'offline_access'] };
    const { url } = await loadsToken();
    expect(new URL(url).searchParams.get('scope')).toBe('openid offline_access');
    await field('Refresh token');
  });

  it('leaves the token to the command line: the session does not use it up', async () => {
    issuer.lifetime = 60;
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      await loadsToken();
      await field('Refresh token');
      expect(screen.getByText(/^This session is not renewed any more/).querySelector('time')).not.toBeNull();
      await vi.advanceTimersByTimeAsync(61_000);
      expect(await screen.findByRole('heading', { name: 'Your session has expired' })).toBeVisible();
      expect(issuer.posted.filter(({ grant_type }) => grant_type === 'refresh_token')).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('copies what it shows', async () => {
    issuer.refreshTokenOf = (n) => unsigned({ typ: 'Refresh', n });
    const { user } = await loadsToken();
    const token = (await field('Refresh token')).value;
    await user.click(screen.getByRole('button', { name: 'Copy: Refresh token' }));
    expect(await navigator.clipboard.readText()).toBe(token);
    await user.click(screen.getByRole('button', { name: 'Copy: ocm login command' }));
    expect(await navigator.clipboard.readText()).toBe(login('ocm', token));
  });

  it('has the commands hold the access token where they would not take the refresh token', async () => {
    await loadsToken();
    expect(await screen.findByRole('heading', { name: /The commands do not take the refresh tokens of this issuer/ })).toBeVisible();
    const access = [...issuer.good].at(-1) ?? '';
    expect((await field('ocm login command')).value).toBe(login('ocm', access));
    expect((await field('rosa login command')).value).toBe(login('rosa', access));
    expect((await field('Refresh token')).value).toMatch(/^refresh-\d+$/);
    const end = Date.parse(screen.getByText(/The commands hold an access token/).querySelector('time')?.dateTime ?? '');
    expect(Math.abs(end - Date.now() - 600_000)).toBeLessThan(60_000);
    await expectAccessible();
  });

  it('says so when the issuer gives no refresh token', async () => {
    const { user, browser } = await signIn(issuer, '/token');
    await user.click(await screen.findByRole('button', { name: 'Load token' }));
    const [url = ''] = await leaves(browser);
    cleanup();
    open(issuer.signsIn(url));
    expect(await screen.findByRole('heading', { name: /The issuer gave no refresh token/ })).toBeVisible();
    expect((await field('ocm login command')).value).toBe(login('ocm', [...issuer.good].at(-1) ?? ''));
    expect(screen.queryByRole('textbox', { name: 'Refresh token' })).not.toBeInTheDocument();
    await expectAccessible();
  });

  it('is not there with auth None', async () => {
    fake.issuer = undefined;
    open('/token');
    expect(await screen.findByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
    await waitFor(() => {
      expect(screen.queryByRole('link', { name: 'Command line' })).not.toBeInTheDocument();
    });
  });
});
