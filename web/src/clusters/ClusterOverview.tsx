import {
  Card,
  CardBody,
  CardTitle,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Grid,
  GridItem,
} from '@patternfly/react-core';
import { useId } from 'react';
import type { Cluster } from '../api/cluster';
import type { Region } from '../api/console';
import { detailFacts, type Fact, statusFacts } from './facts';

const text = { details: 'Details', status: 'Status' };

/** A cluster's Details and Status cards. */
export function ClusterOverview({ cluster, region }: { cluster: Cluster; region: Region }) {
  return (
    <Grid hasGutter>
      <GridItem lg={7}>
        <FactCard title={text.details} facts={detailFacts(cluster, region)} />
      </GridItem>
      <GridItem lg={5}>
        <FactCard title={text.status} facts={statusFacts(cluster)} />
      </GridItem>
    </Grid>
  );
}

function FactCard({ title, facts }: { title: string; facts: readonly Fact[] }) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id}>
      <CardTitle component="h2" id={id}>
        {title}
      </CardTitle>
      <CardBody>
        <DescriptionList columnModifier={{ default: '1Col', md: '2Col' }}>
          {facts.map(({ term, value }) => (
            <DescriptionListGroup key={term}>
              <DescriptionListTerm>{term}</DescriptionListTerm>
              <DescriptionListDescription>{value}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
      </CardBody>
    </Card>
  );
}
