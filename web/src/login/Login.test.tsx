import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { FakeBrowser } from '../testing/fakeBrowser';
import { cluster, FakeConsole, ireland } from '../testing/fakeConsole';
import { FakeIssuer } from '../testing/fakeIssuer';
import { open } from '../testing/open';
import { leaves, sentToIssuer, signIn } from '../testing/signIn';
import { systemTheme } from '../testing/systemTheme';

let fake: FakeConsole;
let issuer: FakeIssuer;
beforeEach(() => {
  globalThis.sessionStorage.clear();
  issuer = new FakeIssuer();
  fake = new FakeConsole();
  fake.issuer = issuer;
  fake.has(ireland, cluster('c1', { name: 'shop' }));
});

const stored = () => JSON.stringify([Object.entries(globalThis.sessionStorage), Object.entries(globalThis.localStorage), globalThis.document.cookie]);
const heading = (name: string) => screen.findByRole('heading', { level: 1, name });
const asData = () => fake.asked.filter((path) => path !== '/config.json');

describe('whoever opens a page', () => {
  it('is sent to the issuer at once, which is asked to show nothing', async () => {
    const url = new URL(await sentToIssuer('/clusters/aws.eu-west-1/c1?a=b#nodes'));
    expect(url.origin + url.pathname).toBe('https://login.eu.example.com/realms/eu/auth');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'geoconsole',
      redirect_uri: 'https://console.eu.example.com/callback',
      response_type: 'code',
      scope: 'openid profile',
      prompt: 'none',
      state: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    });
    expect(asData()).toEqual([]);
  });

  it('comes back to that page, signed in, with nothing left of the code', async () => {
    const { browser } = await signIn(issuer, '/clusters/aws.eu-west-1/c1?a=b#nodes', StrictMode);
    expect(await heading('shop')).toBeVisible();
    expect(screen.getByRole('button', { name: 'user-07' })).toBeVisible();
    expect([...new Set(browser.addresses)]).toEqual([expect.stringContaining('/callback?code='), '/callback', '/clusters/aws.eu-west-1/c1']);
    expect(issuer.posted).toHaveLength(1);
    expect(browser.left).toEqual([]);
    expect(stored()).toBe('[[],[],""]');
    expect(document.title).toBe('Cluster · EU · GeoConsole');
    await expectAccessible();
  });

  it('has nothing of the session in the storage on the way, but state, verifier and the path', async () => {
    const url = await sentToIssuer('/clusters/aws.eu-west-1/c1?search=ada#secret');
    expect(globalThis.localStorage).toHaveLength(0);
    expect(Object.values(globalThis.sessionStorage)).toHaveLength(1);
    const kept = JSON.parse(Object.values<string>(globalThis.sessionStorage)[0] ?? '') as object;
    expect(kept).toMatchObject({ id: new URL(url).searchParams.get('state'), data: { path: '/clusters/aws.eu-west-1/c1', kind: 'Silent' }, code_verifier: expect.any(String) as string });
    expect(stored()).not.toMatch(/ada|secret/);
    expect(Object.keys(kept)).not.toContain('access_token');
  });

  it.each([
    { claims: { sub: 's', name: 'Ada', email: 'a@example.com' }, name: 'Ada' },
    { claims: { sub: 's', email: 'a@example.com', preferred_username: 7 }, name: 'a@example.com' },
    { claims: { sub: 's', preferred_username: '' }, name: 's' },
    { claims: { sub: 's', preferred_username: '<b>x</b>' }, name: '<b>x</b>' },
    { claims: { sub: 's', preferred_username: 'user-\u202e70\u2066\u200b' }, name: 'user-70' },
    { claims: { sub: 's', preferred_username: '\u202e', name: 'Ada' }, name: 'Ada' },
  ])('is called $name by $claims', async ({ claims, name }) => {
    issuer.claims = claims;
    await signIn(issuer);
    expect(await screen.findByRole('button', { name })).toBeVisible();
  });

  it('reads the whole name in the menu, apart from the direction of the words around it', async () => {
    const name = 'n'.repeat(300);
    issuer.claims = { sub: 's', preferred_username: name };
    const { user } = await signIn(issuer);
    await user.click(await screen.findByRole('button', { name }));
    expect(screen.getAllByText(name).map(({ tagName }) => tagName)).toEqual(['BDI', 'BDI']);
    await expectAccessible();
  });

  it('is asked to sign in when the issuer wants to see them, and then is shown its form', async () => {
    systemTheme.set('dark');
    const url = await sentToIssuer('/clusters/aws.eu-west-1/c1');
    const browser = new FakeBrowser();
    const user = open(issuer.refuses(url, 'login_required'), browser);
    expect(await heading('Sign in')).toBeVisible();
    expect(document.documentElement).toHaveClass('pf-v6-theme-dark');
    expect(browser.addresses.at(-1)).toBe('/clusters/aws.eu-west-1/c1');
    expect([browser.left, asData(), stored()]).toEqual([[], [], '[[],[],""]']);
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    const [form = ''] = await leaves(browser);
    expect(new URL(form).searchParams.has('prompt')).toBe(false);
    cleanup();
    open(issuer.signsIn(form));
    expect(await heading('shop')).toBeVisible();
  });

  it.each(['interaction_required', 'consent_required', 'account_selection_required'])('is asked to sign in on %s too', async (error) => {
    open(issuer.refuses(await sentToIssuer(), error));
    expect(await heading('Sign in')).toBeVisible();
  });

  it('waits while the console does not know the issuer, and goes there as soon as it does', async () => {
    const { auth } = issuer;
    issuer.auth = { ...auth, authorizationURL: '', tokenURL: '', endSessionURL: '' };
    const browser = new FakeBrowser();
    const user = open('/', browser);
    expect(await screen.findByRole('heading', { name: /The issuer does not answer/ })).toBeVisible();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(browser.left).toEqual([]);
    issuer.auth = auth;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect((await leaves(browser))[0]).toContain(auth.authorizationURL);
    expect(asData()).toEqual([]);
  });

  it('meets no login with auth None', async () => {
    fake.issuer = undefined;
    const browser = new FakeBrowser();
    open('/', browser);
    expect(await screen.findByRole('link', { name: 'shop' })).toBeVisible();
    expect(screen.queryByRole('button', { name: 'user-07' })).not.toBeInTheDocument();
    expect(new Set(fake.tokens)).toEqual(new Set([undefined]));
    cleanup();
    open('/callback?code=a&state=b', browser);
    expect(await heading('Page not found')).toBeVisible();
    expect(browser.left).toEqual([]);
  });

  it('reaches for the other tabs only where there is a login', async () => {
    fake.issuer = undefined;
    const browser = new FakeBrowser();
    const tabs = vi.spyOn(browser, 'tabs');
    open('/', browser);
    expect(await screen.findByRole('link', { name: 'shop' })).toBeVisible();
    expect(tabs).not.toHaveBeenCalled();
  });
});

describe('an answer of the issuer', () => {
  async function failsBecause(sentence: string, browser: FakeBrowser) {
    expect(await screen.findByRole('heading', { level: 1, name: /The sign-in failed/ })).toBeVisible();
    expect(screen.getByText(sentence)).toBeVisible();
    expect([browser.left, asData(), stored()]).toEqual([[], [], '[[],[],""]']);
    expect(browser.addresses.at(-1)).not.toMatch(/callback|code|error/);
  }

  it.each([
    { error: 'access_denied', sentence: 'The issuer refused the sign-in: access_denied.' },
    { error: 'server_error', sentence: 'The issuer refused the sign-in: server_error.' },
    { error: 'call +1 555 0100', sentence: 'The issuer refused the sign-in with an error.' },
  ])('that is the error $error is told by a code, and none of its words', async ({ error, sentence }) => {
    const url = await sentToIssuer();
    const browser = new FakeBrowser();
    open(issuer.refuses(url, error, 'Your account is locked, call +1 555 0100'), browser, StrictMode);
    await failsBecause(sentence, browser);
    expect(document.body).not.toHaveTextContent('555');
    await expectAccessible();
  });

  it.each([
    { what: 'of a sign-in that was not begun here', path: '/callback?code=a&state=forged' },
    { what: 'with an error of one that was not begun here', path: '/callback?error=login_required&state=forged' },
    { what: 'without a state', path: '/callback?error=login_required' },
    { what: 'with a state that cannot be read', path: '/callback?code=a&state=%25' },
    { what: 'without anything', path: '/callback' },
    { what: 'with tokens in the fragment', path: '/callback#access_token=forged&state=forged' },
  ])('$what is refused, and begins nothing by itself', async ({ path }) => {
    await sentToIssuer();
    const browser = new FakeBrowser();
    const user = open(path, browser, StrictMode);
    await failsBecause('It was not begun in this tab, or has been completed already.', browser);
    expect(issuer.posted).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await leaves(browser))[0]).toContain(issuer.auth.authorizationURL);
  });

  it('is taken once', async () => {
    const back = issuer.signsIn(await sentToIssuer());
    open(back);
    await heading('Clusters');
    cleanup();
    const browser = new FakeBrowser();
    fake.asked.length = 0;
    open(back, browser);
    await failsBecause('It was not begun in this tab, or has been completed already.', browser);
    expect(issuer.posted).toHaveLength(1);
  });

  it.each([
    { what: 'no answer', answer: 'unreachable' as const, sentence: 'The issuer did not answer this browser. It must be reachable from here, and allow requests from https://console.eu.example.com (CORS).' },
    { what: 'a refusal', answer: { status: 400, body: { error: 'invalid_grant', error_description: 'call +1 555 0100' } }, sentence: 'The issuer refused the sign-in: invalid_grant.' },
    { what: 'no token', answer: { status: 200, body: {} }, sentence: 'The answer of the issuer cannot be used.' },
    { what: 'a token of another kind', answer: { status: 200, body: { access_token: 'a', token_type: 'mac', id_token: 'e30.eyJzdWIiOiJzIn0.' } }, sentence: 'The answer of the issuer cannot be used.' },
  ])('with a code for which there is $what fails', async ({ answer, sentence }) => {
    const url = await sentToIssuer();
    issuer.tokenAnswer = answer;
    const browser = new FakeBrowser();
    open(issuer.signsIn(url), browser);
    await failsBecause(sentence, browser);
  });

  it.each([{ iss: 'https://login.elsewhere.example.com' }, { aud: 'another-client' }, { aud: ['another-client'] }])('with an ID token of %o is refused', async (claims) => {
    issuer.claims = { sub: 's', ...claims };
    const { browser } = await signIn(issuer);
    await failsBecause('The answer of the issuer cannot be used.', browser);
  });

  it('for a page of the login itself leads to the clusters', async () => {
    const browser = new FakeBrowser();
    const user = open('/signed-out', browser);
    await user.click(await screen.findByRole('button', { name: 'Sign in' }));
    const [url = ''] = await leaves(browser);
    cleanup();
    open(issuer.signsIn(url));
    expect(await heading('Clusters')).toBeVisible();
  });
});

describe('a page that the browser shows again as it was left', () => {
  it('asks the user when it was on the way to the issuer, and goes nowhere by itself', async () => {
    const browser = new FakeBrowser();
    const user = open('/clusters/aws.eu-west-1/c1', browser);
    await leaves(browser);
    expect(browser.replaced).toEqual([]);
    fireEvent(window, new PageTransitionEvent('pageshow', { persisted: false }));
    expect(screen.queryByRole('button', { name: 'Sign in' })).not.toBeInTheDocument();
    fireEvent(window, new PageTransitionEvent('pageshow', { persisted: true }));
    expect(await heading('Sign in')).toBeVisible();
    expect([browser.left.length, stored()]).toEqual([1, '[[],[],""]']);
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await waitFor(() => {
      expect(browser.left).toHaveLength(2);
    });
  });

  it('and has to load anew asks the user too', async () => {
    const browser = new FakeBrowser();
    browser.isBack = true;
    open('/', browser);
    expect(await heading('Sign in')).toBeVisible();
    expect([browser.left, asData()]).toEqual([[], []]);
  });

  it('stays when it is shown to a signed-in user', async () => {
    await signIn(issuer);
    await heading('Clusters');
    fireEvent(window, new PageTransitionEvent('pageshow', { persisted: true }));
    expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
  });
});

it.each(['//', '///', '//[', '//evil/callback?code=a&state=b'])('opened at %s signs in as anywhere, and comes back to the clusters', async (path) => {
  const url = await sentToIssuer(path);
  expect(new URL(url).searchParams.get('prompt')).toBe('none');
  const browser = new FakeBrowser();
  open(issuer.signsIn(url), browser);
  expect(await heading('Clusters')).toBeVisible();
  expect(browser.addresses.at(-1)).toBe('/');
});

describe('while the geography is under maintenance', () => {
  it('whoever is not signed in reads why, and goes to the issuer when it is over', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      fake.maintenance = 'Back at 13:00 UTC.';
      const browser = new FakeBrowser();
      open('/clusters/aws.eu-west-1/c1', browser);
      expect(await heading('EU is under maintenance')).toBeVisible();
      expect(screen.getByText('Back at 13:00 UTC.')).toBeVisible();
      expect(document.title).toBe('Maintenance · EU · GeoConsole');
      await expectAccessible();
      await vi.advanceTimersByTimeAsync(120_000);
      expect([browser.left, asData(), stored()]).toEqual([[], [], '[[],[],""]']);
      fake.maintenance = undefined;
      await vi.advanceTimersByTimeAsync(120_000);
      expect((await leaves(browser))[0]).toContain('prompt=none');
    } finally {
      vi.useRealTimers();
    }
  });

  it('an answer of the issuer is taken, and the address keeps nothing of it', async () => {
    const url = await sentToIssuer();
    fake.maintenance = 'Back at 13:00 UTC.';
    const browser = new FakeBrowser();
    open(issuer.signsIn(url), browser);
    expect(await screen.findByRole('button', { name: 'user-07' })).toBeVisible();
    expect(await heading('EU is under maintenance')).toBeVisible();
    expect(browser.addresses.at(-1)).toBe('/');
  });
});

describe('whoever cannot see the page', () => {
  it('is told where the login stands, and starts there', async () => {
    const browser = new FakeBrowser();
    open('/', browser);
    await leaves(browser);
    const going = await heading('Signing in');
    expect(going.closest('[role=status]')).not.toBeNull();
    cleanup();
    open('/signed-out');
    const title = await heading('You are signed out');
    expect(title.closest('[role=status]')).not.toBeNull();
    expect(screen.getByRole('main', { name: 'You are signed out' })).toHaveFocus();
  });
});

it('says that it cannot sign anybody in where the browser keeps nothing', async () => {
  const browser = new FakeBrowser();
  Object.assign(browser, { pending: () => { throw new DOMException('denied', 'SecurityError'); } });
  open('/', browser);
  expect(await screen.findByText('This browser cannot begin a sign-in. It needs https and must let this page keep data until its tab is closed.')).toBeVisible();
  await waitFor(() => {
    expect(browser.left).toEqual([]);
  });
});
