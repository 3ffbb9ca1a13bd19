import { EmptyState, EmptyStateBody, Spinner } from '@patternfly/react-core';
import { CubesIcon } from '@patternfly/react-icons/dist/esm/icons/cubes-icon';
import type { Gathered } from './rows';

const text = {
  loading: 'Loading clusters',
  noAnswer: 'No region answers',
  noAnswerBody: 'Clusters are shown as soon as a region answers. Each region is asked again by itself.',
  empty: 'No clusters',
  emptyBody: 'No region of this geography has a cluster that you can see.',
  emptySoFar: 'No region that answers has a cluster that you can see.',
};

/** Takes the list's place while there is no row: still loading, nothing there, or no region answers. */
export function NothingToList({ awaited, failing, regionCount }: Pick<Gathered, 'awaited' | 'failing'> & { regionCount: number }) {
  if (awaited.length > 0) {
    return <EmptyState icon={Spinner} titleText={text.loading} headingLevel="h2" />;
  }
  if (failing.length > 0 && failing.length === regionCount) {
    return (
      <EmptyState status="danger" titleText={text.noAnswer} headingLevel="h2">
        <EmptyStateBody>{text.noAnswerBody}</EmptyStateBody>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={CubesIcon} titleText={text.empty} headingLevel="h2">
      <EmptyStateBody>{failing.length > 0 ? text.emptySoFar : text.emptyBody}</EmptyStateBody>
    </EmptyState>
  );
}
