import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { clustersQuery } from '../api/clusters';
import type { Region } from '../api/console';
import { gather } from './rows';

/** Asks every region for its clusters, each by itself, and gathers what has come so far. retry asks one region again; retrying are the ids being asked. */
export function useGathered(regions: readonly Region[]) {
  const results = useQueries({ queries: regions.map(({ id }) => clustersQuery(id)) });
  const gathered = useMemo(
    () =>
      gather(
        regions,
        results.map(({ data }) => data),
      ),
    [regions, results],
  );
  return {
    ...gathered,
    retrying: new Set(regions.filter((_, i) => results[i]?.isFetching).map(({ id }) => id)),
    retry: (regionId: string) => {
      void results[regions.findIndex(({ id }) => id === regionId)]?.refetch();
    },
  };
}
