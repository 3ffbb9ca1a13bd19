import { PageSection, Stack, StackItem, Title } from '@patternfly/react-core';
import { heldBecause, type Region, regionTitle } from '../api/console';
import { useRegions } from '../api/regions';
import { ClusterList } from './ClusterList';
import { FailingRegions } from './FailingRegions';
import { HeldRegions } from './HeldRegions';
import { NothingToList } from './NothingToList';
import type { Gathered } from './rows';
import { useGathered } from './useGathered';

const list = new Intl.ListFormat('en');
const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;

const text = {
  title: 'Clusters',
  summary: (clusters: number, answered: number, all: number) =>
    `${counted(clusters, 'cluster')} from ${answered === all ? counted(all, 'region') : `${answered} of ${counted(all, 'region')}`}.`,
  waiting: (awaited: readonly Region[]) => `Waiting for ${list.format(awaited.map(regionTitle))}.`,
};

/** The clusters of all regions of the geography. */
export function ClustersPage() {
  const regions = useRegions();
  const active = regions.filter((region) => heldBecause(region) === undefined);
  const held = regions.filter((region) => heldBecause(region) !== undefined);
  const { retrying, retry, ...gathered } = useGathered(active);
  return (
    <>
      <PageSection>
        <Stack hasGutter>
          <StackItem>
            <Title headingLevel="h1">{text.title}</Title>
            <p role="status">{summary(regions.length, held.length, gathered)}</p>
          </StackItem>
          {held.length > 0 && (
            <StackItem>
              <HeldRegions held={held} regionCount={regions.length} />
            </StackItem>
          )}
          {gathered.failing.length > 0 && (
            <StackItem>
              <FailingRegions failing={gathered.failing} regionCount={regions.length} retrying={retrying} onRetry={retry} />
            </StackItem>
          )}
        </Stack>
      </PageSection>
      <PageSection>{gathered.rows.length > 0 ? <ClusterList rows={gathered.rows} regions={regions} /> : <NothingToList {...gathered} activeCount={active.length} heldCount={held.length} />}</PageSection>
    </>
  );
}

function summary(regionCount: number, heldCount: number, { rows, awaited, failing }: Gathered): string {
  const answered = regionCount - heldCount - awaited.length - failing.filter(({ asOf }) => asOf === undefined).length;
  const parts = [];
  if (answered > 0) {
    parts.push(text.summary(rows.length, answered, regionCount));
  }
  if (awaited.length > 0) {
    parts.push(text.waiting(awaited));
  }
  return parts.join(' ');
}
