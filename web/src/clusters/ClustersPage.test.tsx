import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible } from '../testing/axe';
import { cluster, FakeConsole, frankfurt, ireland, paris } from '../testing/fakeConsole';
import { open } from '../testing/open';

let fake: FakeConsole;
beforeEach(() => {
  fake = new FakeConsole();
});

const names = () => screen.getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent);
const reasons = () => within(screen.getByRole('list', { name: 'Regions that do not answer' })).getAllByRole('listitem').map(({ textContent }) => textContent);
const status = () => screen.getByRole('status').textContent;

describe('while regions answer', () => {
  it('shows each region as it arrives and says which are awaited', async () => {
    fake.has(ireland, cluster('dublin')).has(frankfurt, cluster('main')).has(paris, cluster('seine'));
    fake.holds(ireland).holds(frankfurt).holds(paris);
    open();
    await screen.findByRole('heading', { name: 'Loading clusters' });
    expect(status()).toBe('Waiting for Ireland (aws.eu-west-1), Frankfurt (aws.eu-central-1), and Paris (aws.eu-west-3).');
    await expectAccessible();

    fake.release(paris);
    expect(await screen.findByRole('link', { name: 'seine' })).toBeVisible();
    expect(status()).toBe('1 cluster from 1 of 3 regions. Waiting for Ireland (aws.eu-west-1) and Frankfurt (aws.eu-central-1).');

    fake.release(ireland);
    fake.release(frankfurt);
    await screen.findByRole('link', { name: 'dublin' });
    expect(names()).toEqual(['dublin', 'main', 'seine']);
    expect(status()).toBe('3 clusters from 3 regions.');
    await expectAccessible();
  });

  it('shows what is known of a cluster in its row', async () => {
    fake.regions = [ireland];
    fake.has(
      ireland,
      cluster('c1', {
        name: 'shop',
        state: 'error',
        product: { id: 'rosa' },
        hypershift: { enabled: true },
        cloud_provider: { id: 'aws' },
        region: { id: 'eu-north-1' },
        status: { limited_support_reason_count: 2 },
      }),
    );
    open();
    const link = await screen.findByRole('link', { name: 'shop' });
    expect(link).toHaveAttribute('href', '/clusters/aws.eu-west-1/c1');
    const cells = within(screen.getByRole('row', { name: /shop/ })).getAllByRole('cell').map(({ textContent }) => textContent);
    const created = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date('2025-03-01T10:00:00Z'));
    expect(cells).toEqual(['shop', expect.stringMatching(/Error.*Limited support/), 'ROSA (hosted)', created, '4.18.5', 'AWS (eu-north-1)', 'Ireland']);
    expect(document.title).toBe('Clusters · EU · GeoConsole');
  });

  it('reads every page of a region', async () => {
    fake.regions = [ireland];
    fake.has(ireland, ...Array.from({ length: 1201 }, (_, i) => cluster(`c${i}`)));
    open();
    await screen.findByText('1201 clusters from 1 region.');
    expect(fake.asked.filter((path) => path.startsWith('/regions/')).map((path) => new URLSearchParams(path.split('?')[1]).get('page'))).toEqual(['1', '2', '3']);
  });

  it('shows markup in a name as text', async () => {
    fake.has(ireland, cluster('c1', { name: '<img src=x onerror=alert(1)>' }));
    open();
    expect(await screen.findByRole('link', { name: '<img src=x onerror=alert(1)>' })).toBeVisible();
    expect(document.querySelector('[onerror]')).toBeNull();
  });
});

describe('when regions fail', () => {
  it('names the failing region with its reason and keeps the others', async () => {
    fake.has(ireland, cluster('dublin')).has(paris, cluster('seine'));
    fake.fails(frankfurt, 'The region Frankfurt refuses connections. Its owner has been told.');
    const user = open();
    await screen.findByRole('heading', { name: /1 of 3 regions does not answer/ });
    expect(reasons()).toEqual(['Frankfurt (aws.eu-central-1): The region Frankfurt refuses connections. Its owner has been told. Its clusters are not in the list. Retry']);
    expect(names()).toEqual(['dublin', 'seine']);
    expect(status()).toBe('2 clusters from 2 of 3 regions.');
    await expectAccessible();

    fake.has(frankfurt, cluster('main'));
    await user.click(screen.getByRole('button', { name: 'Retry Frankfurt (aws.eu-central-1)' }));
    await screen.findByRole('link', { name: 'main' });
    expect(screen.queryByRole('heading', { name: /does not answer/ })).not.toBeInTheDocument();
  });

  it.each([
    { what: 'an unreachable console', answer: 'unreachable' as const, sentence: 'The console could not be reached. Check the network connection.' },
    { what: 'an error without a body', answer: { status: 500, body: '<html>' }, sentence: 'The answer was HTTP status 500, without a reason.' },
    { what: 'an answer that is not JSON', answer: { status: 200, body: '<html>' }, sentence: 'The answer is not the JSON that was asked for.' },
    { what: 'an id that is no id', answer: { status: 200, body: { items: [{ id: '../x' }], total: 1 } }, sentence: 'The answer cannot be read: the field items.0.id is missing or not as expected.' },
  ])('says so of $what', async ({ answer, sentence }) => {
    fake.has(ireland, cluster('dublin')).answers(paris, answer);
    open();
    await screen.findByRole('heading', { name: /1 of 3 regions does not answer/ });
    expect(reasons()).toEqual([`Paris (aws.eu-west-3): ${sentence} Its clusters are not in the list. Retry`]);
    expect(names()).toEqual(['dublin']);
  });

  it('says that no region answers', async () => {
    for (const region of [ireland, frankfurt, paris]) {
      fake.fails(region, 'The region is down.');
    }
    open();
    expect(await screen.findByRole('heading', { name: /No region answers/ })).toBeVisible();
    expect(screen.getByRole('heading', { name: /3 of 3 regions do not answer/ })).toBeVisible();
    expect(screen.getAllByRole('button', { name: /^Retry / })).toHaveLength(3);
    await expectAccessible();
  });

  it('says that there is no cluster', async () => {
    open();
    expect(await screen.findByRole('heading', { name: 'No clusters' })).toBeVisible();
    expect(screen.getByText('No region of this geography has a cluster that you can see.')).toBeVisible();
    await expectAccessible();
  });
});

describe('when users are kept from regions', () => {
  const held = () => within(screen.getByRole('list', { name: 'Regions that are not in use' })).getAllByRole('listitem').map(({ textContent }) => textContent);
  const askedOf = (regionId: string) => fake.asked.filter((path) => path.startsWith(`/regions/${regionId}/`)).length;

  it('names them with their message as text instead of an error, and asks none of them', async () => {
    fake.has(ireland, cluster('dublin')).keepsFrom(frankfurt, 'Maintenance', 'Back at <b>noon</b>.').keepsFrom(paris, 'Drained', '');
    open();
    await screen.findByRole('heading', { name: /2 of 3 regions are not in use/ });
    expect(held()).toEqual([
      'Frankfurt (aws.eu-central-1) is under maintenance. Back at <b>noon</b>. Its clusters are not in the list.',
      'Paris (aws.eu-west-3) is taken out of service.  Its clusters are not in the list.',
    ]);
    await screen.findByRole('link', { name: 'dublin' });
    expect(status()).toBe('1 cluster from 1 of 3 regions.');
    expect(screen.queryByRole('heading', { name: /not answer/ })).not.toBeInTheDocument();
    expect([askedOf(frankfurt.id), askedOf(paris.id)]).toEqual([0, 0]);
    await expectAccessible();
  });

  it('says that no region is in use', async () => {
    fake.keepsFrom(ireland, 'Drained', '').keepsFrom(frankfurt, 'Drained', '').keepsFrom(paris, 'Maintenance', '');
    open();
    expect(await screen.findByRole('heading', { name: 'No region is in use' })).toBeVisible();
    expect(status()).toBe('');
    await expectAccessible();
  });

  it('does not call the list complete that is empty', async () => {
    fake.keepsFrom(paris, 'Drained', '');
    open();
    expect(await screen.findByText('No region that answers has a cluster that you can see.')).toBeVisible();
  });

  it('notices with the next verdicts, both ways', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      fake.has(ireland, cluster('dublin')).has(paris, cluster('seine')).keepsFrom(frankfurt, 'Active', '');
      open();
      await screen.findByText('2 clusters from 3 regions.');
      fake.keepsFrom(paris, 'Maintenance', 'Until noon.');
      await vi.advanceTimersByTimeAsync(10_000);
      await screen.findByText('1 cluster from 2 of 3 regions.');
      expect(held()).toEqual(['Paris (aws.eu-west-3) is under maintenance. Until noon. Its clusters are not in the list.']);
      expect(askedOf(paris.id)).toBe(1);

      fake.has(paris, cluster('seine'), cluster('marne')).keepsFrom(paris, 'Active', '');
      await vi.advanceTimersByTimeAsync(10_000);
      await screen.findByText('3 clusters from 3 regions.');
      expect(screen.queryByRole('heading', { name: /not in use/ })).not.toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('filters, order and pages', () => {
  async function openMany() {
    fake.regions = [ireland, paris];
    fake.has(ireland, ...Array.from({ length: 30 }, (_, i) => cluster(`i${i}`, { name: `shop-${i}`, openshift_version: `4.${i}.0` })));
    fake.has(paris, cluster('p1', { name: 'bakery', openshift_version: '4.99.0' }));
    const user = open();
    await screen.findByText('31 clusters from 2 regions.');
    return user;
  }

  it('filters by name and clears', async () => {
    const user = await openMany();
    await user.type(screen.getByRole('textbox', { name: 'Filter by name' }), 'bak');
    await waitFor(() => {
      expect(names()).toEqual(['bakery']);
    });
    await user.click(screen.getByRole('button', { name: 'Clear all filters' }));
    expect(names()).toHaveLength(20);
  });

  it('filters by region, with a label that can be taken away', async () => {
    const user = await openMany();
    await user.click(screen.getByRole('button', { name: 'Filter by region' }));
    await user.click(screen.getByRole('checkbox', { name: 'Paris (aws.eu-west-3)' }));
    expect(names()).toEqual(['bakery']);
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Close Paris (aws.eu-west-3)' }));
    expect(names()).toHaveLength(20);
  });

  it('offers to show all when nothing matches', async () => {
    const user = await openMany();
    await user.type(screen.getByRole('textbox', { name: 'Filter by name' }), 'zzz');
    expect(await screen.findByRole('heading', { name: 'No cluster matches the filters' })).toBeVisible();
    await expectAccessible();
    await user.click(screen.getByRole('button', { name: 'Show all clusters' }));
    expect(names()).toHaveLength(20);
  });

  it('orders by any column', async () => {
    const user = await openMany();
    for (const column of ['Name', 'Status', 'Type', 'Created', 'Version', 'Provider (Region)', 'XCM region']) {
      expect(within(screen.getByRole('columnheader', { name: column })).getByRole('button')).toBeVisible();
    }
    await user.click(screen.getByRole('button', { name: 'Version' }));
    expect(names()[0]).toBe('shop-0');
    await user.click(screen.getByRole('button', { name: 'Version' }));
    expect(names()[0]).toBe('bakery');
    expect(screen.getByRole('columnheader', { name: 'Version' })).toHaveAttribute('aria-sort', 'descending');
  });

  it('pages, and changes the size of a page', async () => {
    const user = await openMany();
    const pages = within(screen.getByRole('navigation', { name: 'Pages, below the list' }));
    await user.click(pages.getByRole('button', { name: 'Go to next page' }));
    expect(names()).toHaveLength(11);
    await user.click(screen.getByRole('button', { name: 'Name' }));
    expect(names()).toHaveLength(20);
    const [above = document.body] = screen.getAllByRole('button', { name: /^1 - 20 of 31/ });
    await user.click(above);
    await user.click(await screen.findByRole('menuitem', { name: /50/ }));
    expect(names()).toHaveLength(31);
  });

  it('keeps filter and order on the way back from a cluster', async () => {
    const user = await openMany();
    await user.type(screen.getByRole('textbox', { name: 'Filter by name' }), 'bak');
    await user.click(await screen.findByRole('link', { name: 'bakery' }));
    await screen.findByRole('heading', { level: 1, name: 'bakery' });
    await user.click(within(screen.getByRole('navigation', { name: 'Breadcrumb' })).getByRole('link', { name: 'Clusters' }));
    await screen.findByRole('heading', { level: 1, name: 'Clusters' });
    expect(names()).toEqual(['bakery']);
  });
});

describe('over time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    return () => vi.useRealTimers();
  });

  it('shows a region that is added and drops one that is removed, without a reload', async () => {
    fake.regions = [ireland, frankfurt];
    fake.has(ireland, cluster('dublin')).has(frankfurt, cluster('main')).has(paris, cluster('seine'));
    open();
    await screen.findByText('2 clusters from 2 regions.');
    fake.regions = [ireland, paris];
    await vi.advanceTimersByTimeAsync(20_000);
    await screen.findByRole('link', { name: 'seine' });
    expect(names()).toEqual(['dublin', 'seine']);
  });

  it('asks again every minute and stays on the page that is open', async () => {
    fake.regions = [ireland];
    const many = Array.from({ length: 30 }, (_, i) => cluster(`c${i}`));
    fake.has(ireland, ...many);
    const user = open();
    await screen.findByText('30 clusters from 1 region.');
    await user.click(within(screen.getByRole('navigation', { name: 'Pages, below the list' })).getByRole('button', { name: 'Go to next page' }));
    const before = names();
    fake.has(ireland, ...many, cluster('zz'));
    await vi.advanceTimersByTimeAsync(60_000);
    await screen.findByText('31 clusters from 1 region.');
    expect(names()).toEqual([...before, 'zz']);
  });

  it('keeps the rows of a region that stops answering, says that they are not current, and heals by itself', async () => {
    fake.regions = [ireland];
    fake.has(ireland, cluster('dublin'));
    open();
    await screen.findByText('1 cluster from 1 region.');
    fake.fails(ireland, 'The region is down.');
    await vi.advanceTimersByTimeAsync(60_000);
    await screen.findByRole('heading', { name: /1 of 1 regions does not answer/ });
    expect(reasons()).toEqual([expect.stringMatching(/^Ireland \(aws.eu-west-1\): The region is down. Its clusters are shown as of .+\. Retry$/)]);
    expect(screen.getByRole('row', { name: /dublin.*Ireland \(not current\)/ })).toBeVisible();
    fake.has(ireland, cluster('dublin'), cluster('cork'));
    await vi.advanceTimersByTimeAsync(20_000);
    await screen.findByText('2 clusters from 1 region.');
    expect(screen.queryByRole('heading', { name: /does not answer/ })).not.toBeInTheDocument();
  });
});
