import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { configQuery, type RegionStatus, verdictsQuery } from '../api/console';

/**
 * Asks a region for its clusters again as soon as its verdict changes, so that the list neither trusts a dead region nor misses a healed one until its next turn.
 * Asks for the config again as soon as users are kept from a region or let in again, so that the pages follow.
 */
export function useNewVerdicts(): void {
  const client = useQueryClient();
  const { data: statuses } = useQuery(verdictsQuery);
  const known = useRef(new Map<string, RegionStatus>());
  useEffect(() => {
    for (const status of statuses ?? []) {
      const { id } = status;
      const before = known.current.get(id);
      known.current.set(id, status);
      if (before === undefined) {
        continue;
      }
      const newState = before.state !== status.state || before.message !== status.message;
      if (newState) {
        void client.invalidateQueries({ queryKey: configQuery.queryKey });
      }
      if (newState || before.verdict !== status.verdict) {
        // Whether a region may be asked at all, the new config tells.
        const refetchType = newState ? 'none' : 'active';
        void client.invalidateQueries({ queryKey: ['clusters', id], refetchType });
        void client.invalidateQueries({ queryKey: ['cluster', id], refetchType });
      }
    }
  }, [client, statuses]);
}
