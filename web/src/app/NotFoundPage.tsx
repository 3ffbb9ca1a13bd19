import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection } from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { Link } from 'react-router';
import { clustersPath } from '../clusters/clusterPath';

const text = { title: 'Page not found', body: 'There is no page at this address.', back: 'Go to the clusters' };

/** What an unknown address shows. */
export function NotFoundPage() {
  return (
    <PageSection>
      <EmptyState icon={SearchIcon} titleText={text.title} headingLevel="h1">
        <EmptyStateBody>{text.body}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to={clustersPath}>{text.back}</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </PageSection>
  );
}
