import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Region } from '../api/console';
import { expectAccessible } from '../testing/axe';
import { cluster, FakeConsole, frankfurt, ireland, paris } from '../testing/fakeConsole';
import { open } from '../testing/open';
import { systemTheme } from '../testing/systemTheme';

let fake: FakeConsole;
beforeEach(() => {
  fake = new FakeConsole();
});

describe('the shell', () => {
  it('names the product and the geography, and leads to the clusters', async () => {
    open();
    const masthead = within(await screen.findByRole('banner'));
    expect(masthead.getByRole('link', { name: 'GeoConsole' })).toHaveAttribute('href', '/');
    expect(masthead.getByText('EU')).toBeVisible();
    const nav = within(screen.getByRole('navigation', { name: 'Main' }));
    expect(nav.getAllByRole('link').map(({ textContent }) => textContent)).toEqual(['Clusters']);
    expect(nav.getByRole('link', { name: 'Clusters' })).toHaveAttribute('aria-current', 'page');
  });

  it('takes the focus to the page that is opened', async () => {
    fake.has(ireland, cluster('c1', { name: 'shop' }));
    const user = open();
    await user.click(await screen.findByRole('link', { name: 'shop' }));
    await screen.findByRole('heading', { level: 1, name: 'shop' });
    expect(screen.getByRole('main')).toHaveFocus();
  });

  it('says that there is no page at an unknown address', async () => {
    open('/downloads');
    expect(await screen.findByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
    expect(document.title).toBe('Page not found · EU · GeoConsole');
    await expectAccessible();
  });

  it('says why the console could not be loaded, and tries again', async () => {
    fake.config = 'unreachable';
    const user = open();
    expect(await screen.findByRole('heading', { name: /The console could not be loaded/ })).toBeVisible();
    expect(screen.getByText('The console could not be reached. Check the network connection.')).toBeVisible();
    await expectAccessible();
    fake.config = undefined;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Clusters' })).toBeVisible();
  });
});

describe('the theme', () => {
  const isDark = () => document.documentElement.classList.contains('pf-v6-theme-dark');

  it("follows the system's until one is chosen, and is stored nowhere", async () => {
    const user = open();
    const choice = within(await screen.findByRole('group', { name: 'Theme' }));
    expect(isDark()).toBe(false);
    systemTheme.set('dark');
    await waitFor(() => {
      expect(isDark()).toBe(true);
    });
    await user.click(choice.getByRole('button', { name: 'Light theme' }));
    expect(isDark()).toBe(false);
    await user.click(choice.getByRole('button', { name: 'Dark theme' }));
    systemTheme.set('light');
    expect(isDark()).toBe(true);
    await user.click(choice.getByRole('button', { name: 'Theme of the system' }));
    expect(isDark()).toBe(false);
    expect([globalThis.localStorage.length, globalThis.sessionStorage.length, globalThis.document.cookie]).toEqual([0, 0, '']);
  });
});

describe('the banner of unhealthy regions', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    return () => vi.useRealTimers();
  });
  const banner = () => screen.getByRole('region', { name: 'Region health' });

  it('names each unhealthy region with its reason and since when, and follows', async () => {
    const since = '2025-11-23T00:42:00Z';
    fake.verdicts = [
      { ...ireland, verdict: 'Healthy', reason: '', since },
      { ...frankfurt, verdict: 'Unhealthy', reason: 'ConnectionRefused', since },
      { ...paris, verdict: 'Unknown', reason: 'NotProbed', since },
    ];
    open();
    const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(since));
    await waitFor(() => {
      expect(banner()).toHaveTextContent(`Warning:Frankfurt (aws.eu-central-1) is unhealthy since ${time}. It refuses connections.`);
    });
    expect(banner()).not.toHaveTextContent('Paris');
    await expectAccessible();

    fake.verdicts = [{ ...frankfurt, verdict: 'Healthy', since }];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(banner()).toBeEmptyDOMElement();
  });

  it('has the list ask a region again as soon as its verdict changes', async () => {
    fake.verdicts = [{ ...frankfurt, verdict: 'Healthy' }, { ...paris, verdict: 'Healthy' }];
    fake.has(frankfurt, cluster('main')).has(paris, cluster('seine'));
    open();
    await screen.findByText('2 clusters from 3 regions.');
    const askedOf = (region: Region) => fake.asked.filter((path) => path.startsWith(`/regions/${region.id}/`)).length;
    fake.verdicts = [{ ...frankfurt, verdict: 'Unhealthy', reason: 'Timeout' }, { ...paris, verdict: 'Healthy' }];
    fake.fails(frankfurt, 'The region is down.');
    await vi.advanceTimersByTimeAsync(10_000);
    await screen.findByRole('heading', { name: /1 of 3 regions does not answer/ });
    expect([askedOf(frankfurt), askedOf(paris)]).toEqual([2, 1]);
  });

  it('says when the console itself stops answering', async () => {
    open();
    await screen.findByRole('heading', { name: 'Clusters' });
    expect(banner()).toBeEmptyDOMElement();
    fake.verdicts = 'unreachable';
    await vi.advanceTimersByTimeAsync(10_000);
    expect(banner()).toHaveTextContent('The console does not answer. What is shown may be out of date.');
  });
});

describe('while users are kept from regions', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    return () => vi.useRealTimers();
  });
  const banner = () => screen.getByRole('region', { name: 'Region health' });

  it('names each such region with its message as text, and not as unhealthy', async () => {
    fake.verdicts = [
      { ...ireland, verdict: 'Healthy', message: 'An update comes on Friday.' },
      { ...frankfurt, verdict: 'Unhealthy', reason: 'Timeout', state: 'Maintenance', message: 'Back at <b>noon</b>.' },
      { ...paris, verdict: 'Unhealthy', reason: 'Timeout', state: 'Drained' },
    ];
    open();
    await waitFor(() => {
      expect(banner()).toHaveTextContent('Info:Frankfurt (aws.eu-central-1) is under maintenance. Back at <b>noon</b>.');
    });
    expect(banner()).toHaveTextContent('Info:Ireland (aws.eu-west-1): An update comes on Friday.');
    expect(banner()).toHaveTextContent('Info:Paris (aws.eu-west-3) is taken out of service.');
    expect(banner()).not.toHaveTextContent('unhealthy');
    expect(banner().querySelector('b')).toBeNull();
    await expectAccessible();
  });

  it('shows the message in place of every page while the geography is under maintenance, asks no region, and comes back by itself', async () => {
    fake.maintenance = 'Back at <b>13:00</b> UTC.';
    fake.has(ireland, cluster('dublin'));
    open();
    expect(await screen.findByRole('heading', { level: 1, name: 'EU is under maintenance' })).toBeVisible();
    expect(screen.getByText('Back at <b>13:00</b> UTC.')).toBeVisible();
    expect(fake.asked.filter((path) => path.startsWith('/regions/'))).toEqual([]);
    await expectAccessible();

    fake.maintenance = undefined;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await screen.findByRole('link', { name: 'dublin' })).toBeVisible();

    fake.maintenance = 'Again.';
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await screen.findByText('Again.')).toBeVisible();
    expect(screen.queryByRole('link', { name: 'dublin' })).not.toBeInTheDocument();
  });
});
