import { createContext, use } from 'react';
import { type Filter, noFilter, type Paging, type Sort } from './rows';

/** How the user looks at the list. It lives in memory only: neither the URL nor the browser's storage holds a filter, which may be a customer's name. */
export interface View {
  filter: Filter;
  sort: Sort;
  paging: Paging;
}

/** The list as it is first shown: everything, what needs attention first. */
export const firstView: View = {
  filter: noFilter,
  sort: { key: 'status', direction: 'asc' },
  paging: { page: 1, perPage: 20 },
};

/** The view and how to change it, held above the pages so that it is still there on the way back from a cluster. */
export const ViewContext = createContext<readonly [View, (change: Partial<View>) => void]>([firstView, () => undefined]);

/** The view of the nearest ViewContext. A change of filter or order goes back to the first page. */
export function useView() {
  const [view, setView] = use(ViewContext);
  const firstPage = { page: 1, perPage: view.paging.perPage };
  return {
    ...view,
    setFilter: (filter: Filter) => {
      setView({ filter, paging: firstPage });
    },
    setSort: (sort: Sort) => {
      setView({ sort, paging: firstPage });
    },
    setPaging: (paging: Paging) => {
      setView({ paging });
    },
  };
}
