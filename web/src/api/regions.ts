import { createContext, use } from 'react';
import type { Region } from './console';

/** The regions of the geography, as configured now. */
export const RegionsContext = createContext<readonly Region[]>([]);

/** The regions of the geography, in the order of the console's config. A region that is added or removed changes the answer. */
export function useRegions(): readonly Region[] {
  return use(RegionsContext);
}
