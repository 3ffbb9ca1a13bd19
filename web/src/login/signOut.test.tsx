import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { FakeBrowser } from '../testing/fakeBrowser';
import { cluster, FakeConsole, ireland } from '../testing/fakeConsole';
import { FakeIssuer } from '../testing/fakeIssuer';
import { open } from '../testing/open';
import { leaves, sentToIssuer, signIn } from '../testing/signIn';

let fake: FakeConsole;
let issuer: FakeIssuer;
beforeEach(() => {
  globalThis.sessionStorage.clear();
  issuer = new FakeIssuer();
  fake = new FakeConsole();
  fake.issuer = issuer;
  fake.has(ireland, cluster('c1', { name: 'shop' }));
  vi.useFakeTimers({ shouldAdvanceTime: true });
  return () => vi.useRealTimers();
});

const heading = (name: string) => screen.findByRole('heading', { level: 1, name });
const asData = () => fake.asked.filter((path) => path !== '/config.json');
const renewals = () => issuer.posted.filter(({ grant_type }) => grant_type === 'refresh_token');
const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1000);

describe('signing out', () => {
  async function signsOut() {
    const at = await signIn(issuer);
    await at.user.click(await screen.findByRole('button', { name: 'user-07' }));
    await expectAccessible();
    await at.user.click(screen.getByRole('menuitem', { name: 'Sign out' }));
    return at;
  }

  it('ends the session at the issuer, without a token in an address, and in the other tabs', async () => {
    const { browser } = await signsOut();
    const [url = ''] = await leaves(browser);
    expect(url).toBe('https://login.eu.example.com/realms/eu/logout?client_id=geoconsole&post_logout_redirect_uri=https%3A%2F%2Fconsole.eu.example.com%2Fsigned-out');
    expect(browser.replaced).toEqual([url]);
    expect(browser.told).toEqual(['SignedOut']);
    expect(screen.queryByText('shop')).not.toBeInTheDocument();
    const before = asData().length;
    await seconds(60);
    expect(asData()).toHaveLength(before);
    expect(globalThis.sessionStorage).toHaveLength(0);
  });

  it('leads to the page that says so where the issuer has nowhere to end it', async () => {
    issuer.auth = { ...issuer.auth, endSessionURL: '' };
    const { browser } = await signsOut();
    expect(await leaves(browser)).toEqual(['https://console.eu.example.com/signed-out']);
  });

  it('is followed by every other tab', async () => {
    const { browser } = await signIn(issuer);
    await heading('Clusters');
    browser.hears('SignedOut');
    expect(await leaves(browser)).toEqual(['https://console.eu.example.com/signed-out']);
    expect(screen.queryByRole('heading', { level: 1, name: 'Clusters' })).not.toBeInTheDocument();
    expect(browser.told).toEqual([]);
  });

  it.each([true, false])('is followed by a tab that is completing a sign-in, whose tokens are dropped: the issuer has answered %s', async (hasAnswered) => {
    const url = await sentToIssuer();
    let answer: () => void = () => undefined;
    issuer.holds = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const browser = new FakeBrowser();
    open(issuer.signsIn(url), browser);
    await waitFor(() => {
      expect(issuer.posted).toHaveLength(1);
    });
    if (hasAnswered) {
      answer();
    }
    browser.hears('SignedOut');
    answer();
    expect(await leaves(browser)).toEqual(['https://console.eu.example.com/signed-out']);
    await seconds(60);
    expect(screen.queryByRole('heading', { level: 1, name: 'Clusters' })).not.toBeInTheDocument();
    expect(asData()).toEqual([]);
    expect(globalThis.sessionStorage).toHaveLength(0);
  });

  it('is followed by a tab that waits until the console knows the issuer', async () => {
    issuer.auth = { ...issuer.auth, authorizationURL: '', tokenURL: '' };
    const browser = new FakeBrowser();
    open('/', browser);
    await screen.findByRole('heading', { name: /The issuer does not answer/ });
    browser.hears('SignedOut');
    expect(browser.left).toEqual(['https://console.eu.example.com/signed-out']);
  });

  it('leaves a page from which nothing goes to the issuer by itself', async () => {
    const browser = new FakeBrowser();
    const user = open('/signed-out', browser);
    expect(await heading('You are signed out')).toBeVisible();
    await expectAccessible();
    await seconds(120);
    browser.hears('SignedOut');
    expect([browser.left, asData()]).toEqual([[], []]);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    const [url = ''] = await leaves(browser);
    expect(url).toContain(issuer.auth.authorizationURL);
    expect(new URL(url).searchParams.get('prompt')).toBe('login');
  });

  it.each([
    { endSessionURL: '', says: 'This tab holds no session of this console. You may still be signed in at https://login.eu.example.com/realms/eu. The next sign-in from here has it ask you again.' },
    { endSessionURL: 'https://login.eu.example.com/realms/eu/logout', says: 'This tab holds no session of this console.' },
  ])('says no more than is so, with an end of the session at "$endSessionURL"', async ({ endSessionURL, says }) => {
    issuer.auth = { ...issuer.auth, endSessionURL };
    open('/signed-out');
    expect(await screen.findByText(says)).toBeVisible();
  });

  it('is not undone by a renewal that was under way', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    const { user, browser } = await signIn(issuer);
    await heading('Clusters');
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    issuer.holds = held;
    await seconds(46);
    expect(renewals()).toHaveLength(1);
    await user.click(screen.getByRole('button', { name: 'user-07' }));
    await user.click(screen.getByRole('menuitem', { name: 'Sign out' }));
    const before = asData().length;
    answer();
    await seconds(120);
    expect(asData()).toHaveLength(before);
    expect(renewals()).toHaveLength(1);
    expect(browser.left).toHaveLength(1);
  });
});
