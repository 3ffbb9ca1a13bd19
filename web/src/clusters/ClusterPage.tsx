import { Alert, Breadcrumb, BreadcrumbItem, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, PageSection, Spinner, Stack, StackItem, Title } from '@patternfly/react-core';
import { SearchIcon } from '@patternfly/react-icons/dist/esm/icons/search-icon';
import { WrenchIcon } from '@patternfly/react-icons/dist/esm/icons/wrench-icon';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { is } from 'valibot';
import { clusterId } from '../api/cluster';
import { clusterQuery } from '../api/clusters';
import { heldBecause, type Region, regionTitle } from '../api/console';
import { Failure } from '../api/failure';
import { useRegions } from '../api/regions';
import { FailureState } from '../shown/FailureState';
import { Instant } from '../shown/Instant';
import { ClusterOverview } from './ClusterOverview';
import { clustersPath } from './clusterPath';
import { nameOf } from './words';

const text = {
  clusters: 'Clusters',
  cluster: 'Cluster',
  loading: 'Loading the cluster',
  waiting: (region: string) => `Waiting for ${region}.`,
  notFound: 'Cluster not found',
  noRegion: 'This geography has no such region.',
  noCluster: (region: string) => `${region} has no such cluster that you can see. It may have been deleted.`,
  failed: 'The cluster could not be loaded',
  stale: (region: string) => `${region} does not answer`,
  staleSince: 'The cluster is shown as of',
  back: 'Back to the clusters',
};

/** One cluster of one region: what it is and how it is. */
export function ClusterPage() {
  const { regionId, clusterId: id = '' } = useParams();
  const region = useRegions().find((candidate) => candidate.id === regionId);
  if (region === undefined) {
    return <NotFound sentence={text.noRegion} />;
  }
  if (heldBecause(region) !== undefined) {
    return <Held region={region} />;
  }
  // An id of another form can be no cluster's, and it must not become a part of a path.
  return is(clusterId, id) ? <ClusterOfRegion key={`${region.id}/${id}`} region={region} id={id} /> : <NotFound sentence={text.noCluster(regionTitle(region))} />;
}

function ClusterOfRegion({ region, id }: { region: Region; id: string }) {
  const { data: cluster, error, dataUpdatedAt, refetch } = useQuery(clusterQuery(region.id, id, useQueryClient()));
  const title = regionTitle(region);
  if (error instanceof Failure && error.status === 404) {
    return <NotFound sentence={text.noCluster(title)} />;
  }
  if (cluster === undefined && error !== null) {
    return (
      <Frame title={text.cluster}>
        <FailureState
          title={text.failed}
          error={error}
          onRetry={() => {
            void refetch();
          }}
        />
      </Frame>
    );
  }
  if (cluster === undefined) {
    return (
      <Frame title={text.cluster}>
        <EmptyState icon={Spinner} titleText={text.loading} headingLevel="h2">
          <EmptyStateBody role="status">{text.waiting(title)}</EmptyStateBody>
        </EmptyState>
      </Frame>
    );
  }
  return (
    <Frame title={nameOf(cluster)}>
      <Stack hasGutter>
        {error !== null && (
          <StackItem>
            <Alert variant="warning" isInline component="h2" title={text.stale(title)}>
              {error.message} {text.staleSince} <Instant at={dataUpdatedAt} />.
            </Alert>
          </StackItem>
        )}
        <StackItem>
          <ClusterOverview cluster={cluster} region={region} />
        </StackItem>
      </Stack>
    </Frame>
  );
}

function Held({ region }: { region: Region }) {
  return (
    <Frame title={text.cluster}>
      <EmptyState icon={WrenchIcon} titleText={`${regionTitle(region)} ${heldBecause(region) ?? ''}`} headingLevel="h2" role="status">
        {region.message !== '' && <EmptyStateBody>{region.message}</EmptyStateBody>}
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to={clustersPath}>{text.back}</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Frame>
  );
}

function NotFound({ sentence }: { sentence: string }) {
  return (
    <Frame title={text.cluster}>
      <EmptyState icon={SearchIcon} titleText={text.notFound} headingLevel="h2">
        <EmptyStateBody>{sentence}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Link to={clustersPath}>{text.back}</Link>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <PageSection type="breadcrumb">
        <Breadcrumb>
          <BreadcrumbItem render={({ className }) => <Link className={className} to={clustersPath}>{text.clusters}</Link>} />
          <BreadcrumbItem isActive>{title}</BreadcrumbItem>
        </Breadcrumb>
      </PageSection>
      <PageSection>
        <Title headingLevel="h1">{title}</Title>
      </PageSection>
      <PageSection>{children}</PageSection>
    </>
  );
}
