import { EmptyState, EmptyStateBody, PageSection } from '@patternfly/react-core';
import { WrenchIcon } from '@patternfly/react-icons/dist/esm/icons/wrench-icon';

const text = {
  title: (geography: string) => `${geography} is under maintenance`,
  returns: 'This page comes back by itself.',
};

/** Stands in place of every page while users are kept out of the whole geography. */
export function MaintenancePage({ geography, message }: { geography: string; message: string }) {
  return (
    <PageSection>
      <EmptyState icon={WrenchIcon} titleText={text.title(geography)} headingLevel="h1" role="status">
        <EmptyStateBody>
          <p>{message}</p>
          <p>{text.returns}</p>
        </EmptyStateBody>
      </EmptyState>
    </PageSection>
  );
}
