import { describe, expect, it } from 'vitest';
import { Failure } from '../api/failure';
import { frankfurt, ireland, paris } from '../testing/fakeConsole';
import { filterRows, gather, noFilter, pageOf, type Row, type Sort, sortRows } from './rows';

function row(id: string, fields: Partial<Row['cluster']> = {}, region = ireland): Row {
  return { region, cluster: { id, name: id, ...fields }, asOf: undefined };
}
const ids = (rows: readonly Row[]) => rows.map(({ cluster }) => cluster.id);

describe('gather', () => {
  const failure = new Failure('TimedOut', 'No answer came within 30 seconds.');

  it('keeps what came, and says who is awaited and who fails', () => {
    const gathered = gather([ireland, frankfurt, paris], [{ answer: { clusters: [{ id: 'a' }], at: 1 }, failure: undefined }, undefined, { answer: undefined, failure }]);
    expect(ids(gathered.rows)).toEqual(['a']);
    expect(gathered.awaited).toEqual([frankfurt]);
    expect(gathered.failing).toEqual([{ region: paris, failure, asOf: undefined }]);
  });

  it('keeps the last answer of a region that fails now, with its time', () => {
    const gathered = gather([ireland], [{ answer: { clusters: [{ id: 'a' }], at: 7 }, failure }]);
    expect(gathered.rows).toEqual([{ region: ireland, cluster: { id: 'a' }, asOf: 7 }]);
    expect(gathered.failing).toEqual([{ region: ireland, failure, asOf: 7 }]);
  });

  it('keeps clusters of the same id in two regions apart', () => {
    const answer = { answer: { clusters: [{ id: 'a' }], at: 1 }, failure: undefined };
    expect(gather([ireland, paris], [answer, answer]).rows.map(({ region }) => region)).toEqual([ireland, paris]);
  });
});

describe('filterRows', () => {
  const rows = [row('Shop-Prod'), row('shop-test', {}, paris), row('x1', { display_name: 'Billing' }, frankfurt)];

  it.each([
    { filter: noFilter, want: ['Shop-Prod', 'shop-test', 'x1'] },
    { filter: { ...noFilter, name: 'shop' }, want: ['Shop-Prod', 'shop-test'] },
    { filter: { ...noFilter, name: '  PROD ' }, want: ['Shop-Prod'] },
    { filter: { ...noFilter, name: 'billing' }, want: ['x1'] },
    { filter: { ...noFilter, name: '.*' }, want: [] },
    { filter: { ...noFilter, regionIds: [paris.id, frankfurt.id] }, want: ['shop-test', 'x1'] },
    { filter: { name: 'shop', regionIds: [paris.id] }, want: ['shop-test'] },
  ])('narrows by $filter', ({ filter, want }) => {
    expect(ids(filterRows(rows, filter))).toEqual(want);
  });
});

describe('sortRows', () => {
  const asc = (key: Sort['key']): Sort => ({ key, direction: 'asc' });
  const desc = (key: Sort['key']): Sort => ({ key, direction: 'desc' });

  it.each([
    { sort: asc('name'), rows: [row('c10'), row('c9'), row('a')], want: ['a', 'c9', 'c10'] },
    { sort: desc('name'), rows: [row('c10'), row('c9'), row('a')], want: ['c10', 'c9', 'a'] },
    {
      sort: asc('status'),
      rows: [
        row('ready', { state: 'ready' }),
        row('sleeping', { state: 'hibernating' }),
        row('limited', { state: 'ready', status: { limited_support_reason_count: 1 } }),
        row('broken', { state: 'error' }),
        row('new', { state: 'installing' }),
        row('odd', { state: 'quarantined' }),
      ],
      want: ['broken', 'limited', 'odd', 'new', 'sleeping', 'ready'],
    },
    {
      sort: asc('version'),
      rows: ['4.18.10', '4.9.1', '4.19.0', '4.19.0-rc.10', '4.19.0-rc.2', '4.18.9'].map((version) => row(version, { openshift_version: version })),
      want: ['4.9.1', '4.18.9', '4.18.10', '4.19.0-rc.2', '4.19.0-rc.10', '4.19.0'],
    },
    {
      sort: asc('created'),
      rows: [row('new', { creation_timestamp: '2025-06-01T00:00:00Z' }), row('none'), row('old', { creation_timestamp: '2024-06-01T00:00:00+02:00' }), row('bad', { creation_timestamp: 'soon' })],
      want: ['old', 'new', 'bad', 'none'],
    },
    {
      sort: desc('created'),
      rows: [row('none'), row('old', { creation_timestamp: '2024-06-01T00:00:00Z' }), row('new', { creation_timestamp: '2025-06-01T00:00:00Z' })],
      want: ['new', 'old', 'none'],
    },
    {
      sort: asc('type'),
      rows: [row('osd', { product: { id: 'osd' } }), row('hcp', { product: { id: 'rosa' }, hypershift: { enabled: true } }), row('rosa', { product: { id: 'rosa' } }), row('aro', { product: { id: 'aro' } })],
      want: ['aro', 'osd', 'rosa', 'hcp'],
    },
    {
      sort: asc('provider'),
      rows: [row('gcp', { cloud_provider: { id: 'gcp' }, region: { id: 'europe-west1' } }), row('aws', { cloud_provider: { id: 'aws' }, region: { id: 'eu-west-1' } }), row('none')],
      want: ['aws', 'gcp', 'none'],
    },
    { sort: asc('region'), rows: [row('p', {}, paris), row('f', {}, frankfurt), row('i', {}, ireland)], want: ['f', 'i', 'p'] },
  ])('orders by $sort.key $sort.direction', ({ sort, rows, want }) => {
    expect(ids(sortRows(rows, sort))).toEqual(want);
  });

  it('orders equal rows the same whatever order they came in', () => {
    const rows = [row('b', { name: 'same' }, paris), row('a', { name: 'same' }, paris), row('c', { name: 'same' }, ireland), row('d', { name: 'other' }, paris)];
    for (const sort of [asc('status'), desc('status')]) {
      expect(ids(sortRows(rows, sort))).toEqual(['d', 'c', 'a', 'b']);
      expect(ids(sortRows([...rows].reverse(), sort))).toEqual(['d', 'c', 'a', 'b']);
    }
  });
});

describe('pageOf', () => {
  const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => row(id));

  it.each([
    { page: 1, want: ['a', 'b'], shown: 1 },
    { page: 3, want: ['e'], shown: 3 },
    { page: 9, want: ['e'], shown: 3 },
    { page: 0, want: ['a', 'b'], shown: 1 },
  ])('shows page $page', ({ page, want, shown }) => {
    const got = pageOf(rows, { page, perPage: 2 });
    expect(ids(got.rows)).toEqual(want);
    expect(got.page).toBe(shown);
  });

  it('has a first page when there is nothing', () => {
    expect(pageOf([], { page: 1, perPage: 20 })).toEqual({ rows: [], page: 1 });
  });
});
