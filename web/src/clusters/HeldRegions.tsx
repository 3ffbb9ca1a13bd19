import { Alert, List, ListItem } from '@patternfly/react-core';
import { heldBecause, type Region, regionTitle } from '../api/console';

const text = {
  title: (held: number, all: number) => (held === 1 ? `1 of ${all} regions is not in use` : `${held} of ${all} regions are not in use`),
  list: 'Regions that are not in use',
  noRows: 'Its clusters are not in the list.',
};

export interface HeldRegionsProps {
  held: readonly Region[];
  regionCount: number;
}

/** Names every region that users are kept from, why, and what that means for the list. */
export function HeldRegions({ held, regionCount }: HeldRegionsProps) {
  return (
    <Alert variant="info" isInline component="h2" title={text.title(held.length, regionCount)}>
      <List isPlain aria-label={text.list}>
        {held.map((region) => (
          <ListItem key={region.id}>
            <strong>{regionTitle(region)}</strong> {heldBecause(region)}. {region.message} {text.noRows}
          </ListItem>
        ))}
      </List>
    </Alert>
  );
}
