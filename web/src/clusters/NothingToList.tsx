import { EmptyState, EmptyStateBody, Spinner } from '@patternfly/react-core';
import { CubesIcon } from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import { WrenchIcon } from '@patternfly/react-icons/dist/esm/icons/wrench-icon';
import type { Gathered } from './rows';

const text = {
  loading: 'Loading clusters',
  noAnswer: 'No region answers',
  noAnswerBody: 'Clusters are shown as soon as a region answers. Each region is asked again by itself.',
  noneActive: 'No region is in use',
  noneActiveBody: 'Clusters are shown as soon as a region is in use again.',
  empty: 'No clusters',
  emptyBody: 'No region of this geography has a cluster that you can see.',
  emptySoFar: 'No region that answers has a cluster that you can see.',
};

export interface NothingToListProps extends Pick<Gathered, 'awaited' | 'failing'> {
  /** How many regions are asked, and from how many users are kept. */
  activeCount: number;
  heldCount: number;
}

/** Takes the list's place while there is no row: still loading, nothing there, no region in use, or none that answers. */
export function NothingToList({ awaited, failing, activeCount, heldCount }: NothingToListProps) {
  if (activeCount === 0 && heldCount > 0) {
    return (
      <EmptyState icon={WrenchIcon} titleText={text.noneActive} headingLevel="h2">
        <EmptyStateBody>{text.noneActiveBody}</EmptyStateBody>
      </EmptyState>
    );
  }
  if (awaited.length > 0) {
    return <EmptyState icon={Spinner} titleText={text.loading} headingLevel="h2" />;
  }
  if (failing.length > 0 && failing.length === activeCount) {
    return (
      <EmptyState status="danger" titleText={text.noAnswer} headingLevel="h2">
        <EmptyStateBody>{text.noAnswerBody}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={CubesIcon} titleText={text.empty} headingLevel="h2">
      <EmptyStateBody>{failing.length + heldCount > 0 ? text.emptySoFar : text.emptyBody}</EmptyStateBody>
    </EmptyState>
  );
}
