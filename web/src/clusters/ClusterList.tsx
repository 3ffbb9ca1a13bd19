import { Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Pagination } from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { useMemo } from 'react';
import type { Region } from '../api/console';
import { ClustersTable } from './ClustersTable';
import { ClustersToolbar } from './ClustersToolbar';
import { filterRows, noFilter, pageOf, type Row, sortRows } from './rows';
import { useView } from './view';

const text = {
  noMatch: 'No cluster matches the filters',
  noMatchBody: 'Change the filters, or clear them to see every cluster.',
  showAll: 'Show all clusters',
  pages: { top: 'Pages, above the list', bottom: 'Pages, below the list' },
};
const perPageOptions = [20, 50, 100].map((value) => ({ title: String(value), value }));

/** The clusters as the user looks at them: filtered, ordered, one page at a time. */
export function ClusterList({ rows, regions }: { rows: readonly Row[]; regions: readonly Region[] }) {
  const { filter, sort, paging, setFilter, setSort, setPaging } = useView();
  const sorted = useMemo(() => sortRows(rows, sort), [rows, sort]);
  const matching = useMemo(() => {
    // A region may have been taken out of the geography while it was chosen.
    const regionIds = filter.regionIds.filter((chosen) => regions.some(({ id }) => id === chosen));
    return filterRows(sorted, { ...filter, regionIds });
  }, [sorted, filter, regions]);
  const shown = pageOf(matching, paging);

  const pages = (variant: 'top' | 'bottom') => (
    <Pagination
      variant={variant}
      isCompact={variant === 'top'}
      itemCount={matching.length}
      page={shown.page}
      perPage={paging.perPage}
      perPageOptions={perPageOptions}
      widgetId={`clusters-${variant}`}
      titles={{ paginationAriaLabel: text.pages[variant] }}
      onSetPage={(_, page, perPage) => {
        setPaging({ page, perPage: perPage ?? paging.perPage });
      }}
      onPerPageSelect={(_, perPage, page) => {
        setPaging({ page, perPage });
      }}
    />
  );

  return (
    <>
      <ClustersToolbar filter={filter} regions={regions} onFilter={setFilter}>
        {pages('top')}
      </ClustersToolbar>
      {matching.length > 0 ? (
        <ClustersTable rows={shown.rows} sort={sort} onSort={setSort} />
      ) : (
        <NoMatch
          onShowAll={() => {
            setFilter(noFilter);
          }}
        />
      )}
      {pages('bottom')}
    </>
  );
}

function NoMatch({ onShowAll }: { onShowAll: () => void }) {
  return (
    <EmptyState icon={SearchIcon} titleText={text.noMatch} headingLevel="h2">
      <EmptyStateBody>{text.noMatchBody}</EmptyStateBody>
      <EmptyStateFooter>
        <EmptyStateActions>
          <Button variant="link" onClick={onShowAll}>
            {text.showAll}
          </Button>
        </EmptyStateActions>
      </EmptyStateFooter>
    </EmptyState>
  );
}
