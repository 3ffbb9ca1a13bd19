import type { Cluster } from '../api/cluster';
import type { RegionClusters } from '../api/clusters';
import type { Region } from '../api/console';
import type { Failure } from '../api/failure';
import { attentionRank, nameOf, placeOf, typeOf, versionOf } from './words';

/** One cluster of one region. */
export interface Row {
  region: Region;
  cluster: Cluster;
  /** When the region told of it (milliseconds since 1970), if the region has stopped answering since. */
  asOf: number | undefined;
}

/** A region that does not answer now; asOf is when it last did, if ever. */
export interface FailingRegion {
  region: Region;
  failure: Failure;
  asOf: number | undefined;
}

/** All that the regions have answered so far. */
export interface Gathered {
  rows: Row[];
  /** Asked, and neither answered nor failed yet. */
  awaited: Region[];
  failing: FailingRegion[];
}

/** Puts the regions' answers together; answers[i] is of regions[i], undefined while it is awaited. */
export function gather(regions: readonly Region[], answers: readonly (RegionClusters | undefined)[]): Gathered {
  const gathered: Gathered = { rows: [], awaited: [], failing: [] };
  regions.forEach((region, i) => {
    const known = answers[i];
    if (known === undefined) {
      gathered.awaited.push(region);
      return;
    }
    const asOf = known.failure === undefined ? undefined : known.answer?.at;
    if (known.failure !== undefined) {
      gathered.failing.push({ region, failure: known.failure, asOf });
    }
    for (const cluster of known.answer?.clusters ?? []) {
      gathered.rows.push({ region, cluster, asOf });
    }
  });
  return gathered;
}

/** What the list is narrowed to: a part of the name in any case, and regions by id (none = all). */
export interface Filter {
  name: string;
  regionIds: readonly string[];
}

/** Narrows nothing. */
export const noFilter: Filter = { name: '', regionIds: [] };

/** The rows that match the filter, in the order given. */
export function filterRows(rows: readonly Row[], { name, regionIds }: Filter): readonly Row[] {
  const part = name.trim().toLocaleLowerCase();
  return rows.filter(
    ({ region, cluster }) =>
      (regionIds.length === 0 || regionIds.includes(region.id)) &&
      (part === '' || [cluster.display_name, cluster.name].some((text) => text?.toLocaleLowerCase().includes(part))),
  );
}

/** The columns by which the list can be ordered. */
export type SortKey = 'name' | 'status' | 'type' | 'created' | 'version' | 'provider' | 'region';

/** Which column orders the list, and which way. Ascending status is what needs attention first. */
export interface Sort {
  key: SortKey;
  direction: 'asc' | 'desc';
}

const collator = new Intl.Collator('en', { numeric: true });

// What a column is ordered by: a number, or a text in which numbers count as such. undefined goes last, whichever the direction.
const sortValues: Record<SortKey, (row: Row) => string | number | undefined> = {
  name: ({ cluster }) => nameOf(cluster),
  status: ({ cluster }) => attentionRank(cluster),
  type: ({ cluster }) => typeOf(cluster),
  created: ({ cluster }) => timeOf(cluster.creation_timestamp),
  version: ({ cluster }) => versionOf(cluster),
  provider: ({ cluster }) => placeOf(cluster),
  region: ({ region }) => region.displayName || region.id,
};

/** The rows in order. Equal ones are ordered by name, region id and cluster id, so that no refresh moves a row without cause. */
export function sortRows(rows: readonly Row[], { key, direction }: Sort): Row[] {
  const sign = direction === 'asc' ? 1 : -1;
  const compare = key === 'version' ? compareVersions : collator.compare;
  return rows
    .map((row) => ({ row, value: sortValues[key](row) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined) {
        return Number(a.value === undefined) - Number(b.value === undefined) || tieBreak(a.row, b.row);
      }
      const order = typeof a.value === 'number' && typeof b.value === 'number' ? a.value - b.value : compare(String(a.value), String(b.value));
      return sign * order || tieBreak(a.row, b.row);
    })
    .map(({ row }) => row);
}

function tieBreak(a: Row, b: Row): number {
  return (
    collator.compare(nameOf(a.cluster), nameOf(b.cluster)) ||
    compareExactly(a.region.id, b.region.id) ||
    compareExactly(a.cluster.id, b.cluster.id)
  );
}

// The collator takes some different texts for equal; ids must not be.
function compareExactly(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

// A pre-release comes before its release: 4.19.0-rc.1 < 4.19.0.
function compareVersions(a: string, b: string): number {
  const [releaseA, preA] = splitOnce(a);
  const [releaseB, preB] = splitOnce(b);
  return collator.compare(releaseA, releaseB) || Number(preA === undefined) - Number(preB === undefined) || collator.compare(preA ?? '', preB ?? '');
}

function splitOnce(version: string): [string, string?] {
  const at = version.indexOf('-');
  return at < 0 ? [version] : [version.slice(0, at), version.slice(at + 1)];
}

function timeOf(timestamp: string | undefined): number | undefined {
  const time = Date.parse(timestamp ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Which part of the rows is shown; page counts from 1. */
export interface Paging {
  page: number;
  perPage: number;
}

/** The rows of one page. A page past the end is the last one: rows may go while it is open. */
export function pageOf(rows: readonly Row[], { page, perPage }: Paging): { rows: readonly Row[]; page: number } {
  const last = Math.max(1, Math.ceil(rows.length / perPage));
  const shown = Math.min(Math.max(1, page), last);
  return { rows: rows.slice((shown - 1) * perPage, shown * perPage), page: shown };
}
