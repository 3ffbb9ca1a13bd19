import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { ask } from './ask';
import { type Cluster, clusterPage, clusterShape } from './cluster';
import { Failure } from './failure';

// Large enough for one question per region in practice, small enough that a page is no burden to a region.
const pageSize = 500;
// Far above any customer's number of clusters (50,000 per region); it ends a region that pages without end.
const maxPages = 100;
const clustersEvery = 60_000;
// A failing region is asked more often, so that it heals soon on the page; the console answers for a dead one at once.
const failingRegionEvery = 20_000;

/** What is known of one region's clusters. Both may be there: what the region last answered, and why it does not answer now. */
export interface RegionClusters {
  answer: { clusters: Cluster[]; at: number } | undefined;
  failure: Failure | undefined;
}

/** Asks one region for all its clusters, again every 60 s. A region's failure is a result, not an error: it never hides what the region answered before. */
export function clustersQuery(regionId: string) {
  const queryKey = ['clusters', regionId] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<RegionClusters> => {
      try {
        return { answer: { clusters: await listClusters(regionId, signal), at: Date.now() }, failure: undefined };
      } catch (error) {
        if (!(error instanceof Failure)) {
          throw error;
        }
        return { answer: client.getQueryData<RegionClusters>(queryKey)?.answer, failure: error };
      }
    },
    refetchInterval: ({ state }) => (state.data?.failure === undefined ? clustersEvery : failingRegionEvery),
    staleTime: clustersEvery / 2,
  });
}

/** Asks one region for one cluster; what the list already told of it is shown until the answer comes. */
export function clusterQuery(regionId: string, clusterId: string, client: QueryClient) {
  return queryOptions<Cluster>({
    queryKey: ['cluster', regionId, clusterId],
    queryFn: ({ signal }) => ask(`${clustersPath(regionId)}/${encodeURIComponent(clusterId)}`, clusterShape, { signal }),
    placeholderData: () => client.getQueryData<RegionClusters>(['clusters', regionId])?.answer?.clusters.find(({ id }) => id === clusterId),
    refetchInterval: ({ state }) => (state.data === undefined ? false : clustersEvery),
  });
}

function clustersPath(regionId: string): string {
  return `/regions/${encodeURIComponent(regionId)}/api/clusters_mgmt/v1/clusters`;
}

// By time of creation, so that a cluster that is created meanwhile lands on the last page and shifts none. One that is deleted
// meanwhile shifts the rest by one: ids seen twice are kept once.
async function listClusters(regionId: string, signal: AbortSignal): Promise<Cluster[]> {
  const found = new Map<string, Cluster>();
  let received = 0;
  for (let page = 1; page <= maxPages; page++) {
    const order = encodeURIComponent('creation_timestamp asc');
    const { items, total } = await ask(`${clustersPath(regionId)}?page=${page}&size=${pageSize}&order=${order}`, clusterPage, { signal });
    for (const cluster of items) {
      found.set(cluster.id, cluster);
    }
    received += items.length;
    if (items.length === 0 || (total === undefined ? items.length < pageSize : received >= total)) {
      return [...found.values()];
    }
  }
  throw new Failure('Unreadable', `The region's list of clusters did not end after ${maxPages} pages.`);
}
