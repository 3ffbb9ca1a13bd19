import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { cluster, FakeConsole, frankfurt, ireland } from '../testing/fakeConsole';
import { FakeIssuer } from '../testing/fakeIssuer';
import { open } from '../testing/open';
import { leaves, signIn } from '../testing/signIn';

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
const interrupted = () => screen.findByRole('heading', { level: 1, name: /Your session is interrupted/ });
const asData = () => fake.asked.filter((path) => path !== '/config.json');
const renewals = () => issuer.posted.filter(({ grant_type }) => grant_type === 'refresh_token');
const seconds = (n: number) => vi.advanceTimersByTimeAsync(n * 1000);

describe('the token', () => {
  it('goes along to what needs it, and to nothing else', async () => {
    await signIn(issuer);
    await screen.findByRole('link', { name: 'shop' });
    const [token = ''] = issuer.good;
    const carried = new Map(fake.asked.map((path, i) => [path.split('?')[0], fake.tokens[i]]));
    expect(Object.fromEntries(carried)).toEqual({
      '/config.json': undefined,
      '/api/geo/v1/regions': token,
      '/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters': token,
      '/regions/aws.eu-central-1/api/clusters_mgmt/v1/clusters': token,
      '/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters': token,
    });
  });

  it('that runs out and cannot be renewed ends the session, which asks for nothing by itself then', async () => {
    const { user, browser } = await signIn(issuer, '/clusters/aws.eu-west-1/c1#nodes');
    await heading('shop');
    expect(browser.memory()).toContain('shop');
    await seconds(598);
    expect(screen.getByRole('heading', { level: 1, name: 'shop' })).toBeVisible();
    await seconds(3);
    expect(await heading('Your session has expired')).toBeVisible();
    expect(screen.queryByText('shop')).not.toBeInTheDocument();
    expect(browser.memory()).not.toContain('shop');
    expect(document.title).toBe('Your session has expired · EU · GeoConsole');
    await expectAccessible();
    const before = asData().length;
    await seconds(300);
    expect(asData()).toHaveLength(before);
    expect([browser.left, renewals()]).toEqual([[], []]);

    await user.click(screen.getByRole('button', { name: 'Sign in again' }));
    const [url = ''] = await leaves(browser);
    cleanup();
    open(issuer.signsIn(url), browser);
    expect(await heading('shop')).toBeVisible();
    expect(browser.addresses.at(-1)).toBe('/clusters/aws.eu-west-1/c1');
  });

  it('is renewed ahead of its end where the issuer gives refresh tokens, again and again', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    await signIn(issuer);
    await heading('Clusters');
    await seconds(44);
    expect(renewals()).toEqual([]);
    await seconds(2);
    expect(renewals()).toHaveLength(1);
    await seconds(192);
    expect(renewals().length).toBeGreaterThanOrEqual(4);
    expect(new Set(renewals().map(({ refresh_token }) => refresh_token)).size).toBe(renewals().length);
    expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
    expect(fake.tokens.at(-1)).toBe([...issuer.good].at(-1));
  });

  it('stays in use when its renewal fails, until it has run out; then it is kept from view until the issuer answers again', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    const { browser } = await signIn(issuer);
    await screen.findByRole('link', { name: 'shop' });
    issuer.tokenAnswer = 'unreachable';
    await seconds(50);
    expect(renewals()).toHaveLength(1);
    expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
    await seconds(11);
    expect(await interrupted()).toBeVisible();
    expect(renewals()).toHaveLength(2);
    expect(screen.queryByText('shop')).not.toBeInTheDocument();
    expect(browser.memory()).not.toContain('shop');
    await expectAccessible();
    const before = asData().length;
    await seconds(300);
    expect(renewals().length).toBeGreaterThan(6);
    expect(renewals().length).toBeLessThan(14);
    expect(asData()).toHaveLength(before);

    issuer.tokenAnswer = undefined;
    await seconds(61);
    expect(await screen.findByRole('link', { name: 'shop' })).toBeVisible();
    expect(screen.getByRole('button', { name: 'user-07' })).toBeVisible();
    expect([...new Set(renewals().map(({ refresh_token }) => refresh_token))]).toHaveLength(2);
    expect(browser.left).toEqual([]);
  });

  it.each([
    { what: 'there is a network again', wakes: () => fireEvent(window, new Event('online')) },
    { what: 'the tab is looked at', wakes: () => fireEvent(document, new Event('visibilitychange')) },
    { what: 'the user says so', wakes: () => fireEvent.click(screen.getByRole('button', { name: 'Try again' })) },
  ])('is renewed at once when $what', async ({ wakes }) => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    await signIn(issuer);
    await heading('Clusters');
    issuer.tokenAnswer = { status: 503, body: 'no JSON' };
    await seconds(200);
    expect(await interrupted()).toBeVisible();
    issuer.tokenAnswer = undefined;
    const before = renewals().length;
    wakes();
    expect(await heading('Clusters')).toBeVisible();
    expect(renewals()).toHaveLength(before + 1);
  });

  it.each(['server_error', 'temporarily_unavailable'])('is not given up when the issuer has trouble of its own: %s', async (error) => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    await signIn(issuer);
    await heading('Clusters');
    issuer.tokenAnswer = { status: 500, body: { error } };
    await seconds(61);
    expect(await interrupted()).toBeVisible();
  });

  it('that the issuer itself does not renew ends the session, which asks no more', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    await signIn(issuer);
    await heading('Clusters');
    issuer.tokenAnswer = { status: 400, body: { error: 'invalid_grant' } };
    await seconds(61);
    expect(await heading('Your session has expired')).toBeVisible();
    const before = renewals().length;
    fireEvent(window, new Event('online'));
    await seconds(300);
    expect(renewals()).toHaveLength(before);
  });

  it('that lasts no time at all is not renewed without end: the console judges it', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 0;
    await signIn(issuer);
    await heading('Clusters');
    await seconds(60);
    expect(renewals()).toEqual([]);
    expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
  });

  it('that lasts for months ends when the console says so', async () => {
    issuer.lifetime = 90 * 24 * 3600;
    await signIn(issuer);
    await heading('Clusters');
    await seconds(60);
    expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
    issuer.revokes();
    await seconds(20);
    expect(await heading('Your session has expired')).toBeVisible();
  });

  it('of another user does not come in by a renewal', async () => {
    issuer.givesRefreshTokens = true;
    issuer.lifetime = 60;
    await signIn(issuer);
    await heading('Clusters');
    issuer.claims = { sub: 'somebody-else', preferred_username: 'user-08' };
    await seconds(62);
    expect(await heading('Your session has expired')).toBeVisible();
    expect(screen.queryByText('user-08')).not.toBeInTheDocument();
  });
});

describe('a token that the console refuses', () => {
  it('is renewed once for all who ask at the same time', async () => {
    issuer.givesRefreshTokens = true;
    let isFirst = true;
    issuer.good.add = (token) => {
      if (isFirst) {
        isFirst = false;
        return issuer.good;
      }
      return Set.prototype.add.call(issuer.good, token) as typeof issuer.good;
    };
    await signIn(issuer);
    expect(await screen.findByRole('link', { name: 'shop' })).toBeVisible();
    expect(renewals()).toHaveLength(1);
    const [refused] = fake.tokens.filter((token) => token !== undefined);
    expect(fake.tokens.filter((token) => token === refused)).toHaveLength(4);
  });

  it('is renewed later too, and what was asked is asked again', async () => {
    issuer.givesRefreshTokens = true;
    await signIn(issuer);
    await screen.findByRole('link', { name: 'shop' });
    issuer.revokes();
    await seconds(61);
    await waitFor(() => {
      expect(fake.tokens.at(-1)).toBe([...issuer.good][0]);
    });
    expect(renewals()).toHaveLength(1);
    expect(screen.getByRole('link', { name: 'shop' })).toBeVisible();
    expect(screen.queryByRole('heading', { name: /does not answer/ })).not.toBeInTheDocument();
  });

  it('and then refuses the renewed one ends the session', async () => {
    issuer.givesRefreshTokens = true;
    issuer.good.add = function refuseAll() {
      return this;
    };
    const { browser } = await signIn(issuer);
    expect(await heading('Your session has expired')).toBeVisible();
    expect(renewals()).toHaveLength(1);
    expect(browser.left).toEqual([]);
  });

  it('because it is for another audience is not renewed, and the user reads what the console says', async () => {
    issuer.givesRefreshTokens = true;
    fake.refusal = 'AudienceRefused';
    await signIn(issuer);
    await screen.findByRole('link', { name: 'shop' });
    issuer.revokes();
    await seconds(61);
    const reasons = await screen.findByRole('list', { name: 'Regions that do not answer' });
    expect(reasons).toHaveTextContent('Ireland (aws.eu-west-1): The console refuses the token: AudienceRefused.');
    expect(screen.getByRole('region', { name: 'Region health' })).toHaveTextContent('The console refuses the token: AudienceRefused.');
    expect(renewals()).toEqual([]);
  });

  it.each([
    { what: 'a 401 of its own', answer: { status: 401, body: { kind: 'Error', code: 'ACCOUNT-MGMT-401', reason: 'No such account.' } }, words: 'No such account.' },
    { what: "a 401 that pretends to be the console's", answer: { status: 401, body: { kind: 'Error', code: 'GEOCONSOLE-401', reason: 'Log in.' } }, words: 'Log in.' },
    { what: 'a 401 without words', answer: { status: 401, body: '' }, words: 'The answer was HTTP status 401, without a reason.' },
  ])('is not what one region means by $what: that is its own failure', async ({ answer, words }) => {
    issuer.givesRefreshTokens = true;
    fake.answers(frankfurt, answer);
    await signIn(issuer);
    expect(await screen.findByRole('link', { name: 'shop' })).toBeVisible();
    const reasons = await screen.findByRole('list', { name: 'Regions that do not answer' });
    expect(reasons).toHaveTextContent(`Frankfurt (aws.eu-central-1): The region answers that you are not signed in to it; other regions are not affected. ${words}`);
    expect(renewals()).toEqual([]);
    await expectAccessible();
  });
});

it('goes on when a console that has just started does not know the issuer yet', async () => {
  issuer.givesRefreshTokens = true;
  issuer.lifetime = 60;
  const { auth } = issuer;
  const { user, browser } = await signIn(issuer);
  await heading('Clusters');
  issuer.auth = { ...auth, authorizationURL: '', endSessionURL: '' };
  await seconds(50);
  expect(renewals()).toHaveLength(1);
  expect(screen.getByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'user-07' }));
  await user.click(screen.getByRole('menuitem', { name: 'Sign out' }));
  expect((await leaves(browser))[0]).toContain(auth.endSessionURL);
});
