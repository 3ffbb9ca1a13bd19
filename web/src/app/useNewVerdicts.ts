import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { verdictsQuery } from '../api/console';

/** Asks a region for its clusters again as soon as its verdict changes, so that the list neither trusts a dead region nor misses a healed one until its next turn. */
export function useNewVerdicts(): void {
  const client = useQueryClient();
  const { data: statuses } = useQuery(verdictsQuery);
  const known = useRef(new Map<string, string>());
  useEffect(() => {
    for (const { id, verdict } of statuses ?? []) {
      const before = known.current.get(id);
      known.current.set(id, verdict);
      if (before !== undefined && before !== verdict) {
        void client.invalidateQueries({ queryKey: ['clusters', id] });
        void client.invalidateQueries({ queryKey: ['cluster', id] });
      }
    }
  }, [client, statuses]);
}
