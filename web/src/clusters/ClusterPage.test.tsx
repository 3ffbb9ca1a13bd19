import { screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { cluster, FakeConsole, ireland } from '../testing/fakeConsole';
import { open } from '../testing/open';

const path = '/clusters/aws.eu-west-1/c1';
let fake: FakeConsole;
beforeEach(() => {
  fake = new FakeConsole();
});

function factsOf(card: string): Record<string, string> {
  const region = within(screen.getByRole('region', { name: card }));
  const values = region.getAllByRole('definition').map(({ textContent }) => textContent);
  return Object.fromEntries(region.getAllByRole('term').map(({ textContent }, i) => [textContent, values[i] ?? '']));
}

describe('a cluster', () => {
  it('is shown with what its region told of it', async () => {
    fake.has(
      ireland,
      cluster('c1', {
        name: 'shop',
        external_id: '6b1f8a52-0000-4000-8000-000000000001',
        state: 'error',
        status: { provision_error_code: 'OCM3055', provision_error_message: 'The quota is used up.', configuration_mode: 'read_only', limited_support_reason_count: 2 },
        product: { id: 'rosa' },
        hypershift: { enabled: false },
        cloud_provider: { id: 'aws' },
        region: { id: 'eu-north-1' },
        multi_az: true,
        version: { channel_group: 'stable', available_upgrades: ['4.18.9', '4.19.1'] },
        nodes: { master: 3, infra: 2, compute: 4, autoscale_compute: { min_replicas: 2, max_replicas: 8 } },
        delete_protection: { enabled: true },
        fips: false,
      }),
    );
    open(path);
    expect(await screen.findByRole('heading', { level: 1, name: 'shop' })).toBeVisible();
    const created = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date('2025-03-01T10:00:00Z'));
    expect(factsOf('Details')).toEqual({
      'Cluster ID': 'c1',
      UUID: '6b1f8a52-0000-4000-8000-000000000001',
      Name: 'shop',
      Type: 'ROSA (classic)',
      'Control plane type': 'Classic',
      Provider: 'AWS',
      Region: 'eu-north-1',
      'XCM region': 'Ireland (aws.eu-west-1)',
      Availability: 'Multi-zone',
      Version: '4.18.5',
      'Channel group': 'stable',
      'Available updates': '4.18.9, 4.19.1',
      Created: created,
    });
    expect(factsOf('Status')).toEqual({
      Status: expect.stringMatching(/Error.*Limited support/) as string,
      'Provisioning error': 'OCM3055: The quota is used up.',
      Support: 'Limited, for 2 reasons',
      Configuration: 'Read only',
      'Control plane nodes': '3',
      'Infrastructure nodes': '2',
      'Compute nodes': '4',
      Autoscaling: '2 to 8 compute nodes',
      'Delete protection': 'Enabled',
      FIPS: 'Disabled',
    });
    await expectAccessible();
  });

  it('has no nodes of its control plane when that is hosted, and says an error once', async () => {
    const sentence = 'The quota is used up.';
    fake.has(ireland, cluster('c1', { hypershift: { enabled: true }, nodes: { master: 0, infra: 0, compute: 2 }, status: { description: sentence, provision_error_message: sentence } }));
    open(path);
    await screen.findByRole('region', { name: 'Status' });
    expect(factsOf('Status')).toEqual({ Status: 'Ready', 'Provisioning error': sentence, 'Compute nodes': '2' });
  });

  it('names no cluster in the title of the document', async () => {
    fake.has(ireland, cluster('c1', { name: 'secret-project' }));
    open(path);
    await screen.findByRole('heading', { level: 1, name: 'secret-project' });
    expect(document.title).toBe('Cluster · EU · GeoConsole');
  });

  it.each([
    { url: 'https://console.shop.example.com/dashboards', link: 'console.shop.example.com' },
    { url: 'http://console.shop.example.com/', link: undefined },
    { url: 'javascript:alert(1)', link: undefined },
    { url: 'not a url', link: undefined },
  ])('Property 14: links to its console only by https: $url', async ({ url, link }) => {
    fake.has(ireland, cluster('c1', { console: { url } }));
    open(path);
    const details = within(await screen.findByRole('region', { name: 'Details' }));
    if (link === undefined) {
      expect(factsOf('Details')['Web console']).toBe(url);
      expect(details.queryByRole('link')).not.toBeInTheDocument();
      return;
    }
    const anchor = details.getByRole('link', { name: `${link} (opens in a new tab)` });
    expect(anchor).toHaveAttribute('href', url);
    expect(anchor).toHaveAttribute('rel', 'noopener noreferrer');
  });
});

describe('without a cluster', () => {
  it('says which region is awaited', async () => {
    fake.has(ireland, cluster('c1')).holds(ireland);
    open(path);
    expect(await screen.findByRole('heading', { name: 'Loading the cluster' })).toBeVisible();
    expect(screen.getByRole('status')).toHaveTextContent('Waiting for Ireland (aws.eu-west-1).');
    await expectAccessible();
    fake.release(ireland);
    await screen.findByRole('region', { name: 'Status' });
  });

  it.each([
    { at: '/clusters/aws.eu-west-1/gone', sentence: 'Ireland (aws.eu-west-1) has no such cluster that you can see. It may have been deleted.' },
    { at: '/clusters/aws.eu-west-1/%2E%2E%2Fx', sentence: 'Ireland (aws.eu-west-1) has no such cluster that you can see. It may have been deleted.' },
    { at: '/clusters/aws.us-east-1/c1', sentence: 'This geography has no such region.' },
  ])('says that $at is not found', async ({ at, sentence }) => {
    open(at);
    expect(await screen.findByRole('heading', { name: 'Cluster not found' })).toBeVisible();
    expect(screen.getByText(sentence)).toBeVisible();
    expect(screen.getByRole('link', { name: 'Back to the clusters' })).toHaveAttribute('href', '/');
    expect(fake.asked.filter((asked) => asked.includes('..') || asked.includes('%2F'))).toEqual([]);
    await expectAccessible();
  });

  it('says why it could not be loaded, and tries again', async () => {
    fake.fails(ireland, 'The region is down.');
    const user = open(path);
    expect(await screen.findByRole('heading', { name: /The cluster could not be loaded/ })).toBeVisible();
    expect(screen.getByText('The region is down.')).toBeVisible();
    expect(screen.getByText('Operation ID for support: 4f5c1d1e')).toBeVisible();
    await expectAccessible();
    fake.has(ireland, cluster('c1', { name: 'shop' }));
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'shop' })).toBeVisible();
  });

  it('keeps what is known when the region stops answering', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      fake.has(ireland, cluster('c1', { name: 'shop' }));
      open(path);
      await screen.findByRole('heading', { level: 1, name: 'shop' });
      fake.fails(ireland, 'The region is down.');
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await screen.findByRole('heading', { name: /Ireland \(aws.eu-west-1\) does not answer/ })).toBeVisible();
      expect(screen.getByRole('heading', { level: 1, name: 'shop' })).toBeVisible();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a cluster of a region that users are kept from', () => {
  it('is not asked for; the page says why, as text', async () => {
    fake.has(ireland, cluster('c1')).keepsFrom(ireland, 'Maintenance', 'Back at <b>noon</b>.');
    open(path);
    expect(await screen.findByRole('heading', { level: 2, name: 'Ireland (aws.eu-west-1) is under maintenance' })).toBeVisible();
    expect(screen.getByRole('status')).toHaveTextContent('Back at <b>noon</b>.');
    expect(screen.getByRole('link', { name: 'Back to the clusters' })).toHaveAttribute('href', '/');
    expect(fake.asked.filter((asked) => asked.startsWith('/regions/'))).toEqual([]);
    await expectAccessible();
  });
});
