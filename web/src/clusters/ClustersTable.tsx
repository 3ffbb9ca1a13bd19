import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Instant } from '../shown/Instant';
import { clusterPath } from './clusterPath';
import { ClusterStatus } from './ClusterStatus';
import type { Row, Sort, SortKey } from './rows';
import { nameOf, placeOf, typeOf, versionOf } from './words';

const text = { table: 'Clusters', none: '–', notCurrent: 'not current' };

interface Column {
  key: SortKey;
  title: string;
  cell: (row: Row) => ReactNode;
  /** A name may be long and a status may be two labels; all else stays on one line. */
  wraps?: true;
}

const columns: readonly Column[] = [
  { key: 'name', title: 'Name', wraps: true, cell: ({ region, cluster }) => <Link to={clusterPath(region.id, cluster.id)}>{nameOf(cluster)}</Link> },
  { key: 'status', title: 'Status', wraps: true, cell: ({ cluster }) => <ClusterStatus cluster={cluster} /> },
  { key: 'type', title: 'Type', cell: ({ cluster }) => typeOf(cluster) ?? text.none },
  { key: 'created', title: 'Created', cell: ({ cluster }) => <Instant at={cluster.creation_timestamp} precision="day" /> },
  { key: 'version', title: 'Version', cell: ({ cluster }) => versionOf(cluster) ?? text.none },
  { key: 'provider', title: 'Provider (Region)', cell: ({ cluster }) => placeOf(cluster) ?? text.none },
  { key: 'region', title: 'XCM region', wraps: true, cell: (row) => <RegionCell row={row} /> },
];

function RegionCell({ row: { region, asOf } }: { row: Row }) {
  return (
    <>
      <span title={region.id}>{region.displayName || region.id}</span>
      {asOf !== undefined && ` (${text.notCurrent})`}
    </>
  );
}

export interface ClustersTableProps {
  rows: readonly Row[];
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** One page of the list, with an order by every column. */
export function ClustersTable({ rows, sort, onSort }: ClustersTableProps) {
  const sortBy = { index: columns.findIndex(({ key }) => key === sort.key), direction: sort.direction };
  return (
    <Table variant="compact" role="table" aria-label={text.table}>
      <Thead>
        <Tr>
          {columns.map(({ key, title }, columnIndex) => (
            <Th
              key={key}
              modifier="nowrap"
              sort={{
                sortBy,
                columnIndex,
                onSort: (_, _index, direction) => {
                  onSort({ key, direction });
                },
              }}
            >
              {title}
            </Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={`${row.region.id}/${row.cluster.id}`}>
            {columns.map(({ key, title, cell, wraps }) => (
              <Td key={key} dataLabel={title} modifier={wraps === true ? 'breakWord' : 'nowrap'}>
                {cell(row)}
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
