import { Alert, Button, List, ListItem } from '@patternfly/react-core';
import { regionTitle } from '../api/console';
import { Instant } from '../shown/Instant';
import type { FailingRegion } from './rows';

const text = {
  title: (failing: number, all: number) => (failing === 1 ? `1 of ${all} regions does not answer` : `${failing} of ${all} regions do not answer`),
  list: 'Regions that do not answer',
  staleSince: 'Its clusters are shown as of',
  noRows: 'Its clusters are not in the list.',
  retry: 'Retry',
  retrying: 'Asking again',
};

export interface FailingRegionsProps {
  failing: readonly FailingRegion[];
  regionCount: number;
  /** The ids of the regions being asked now. */
  retrying: ReadonlySet<string>;
  onRetry: (regionId: string) => void;
}

/** Names every region whose clusters could not be had, why, and what that means for the list. */
export function FailingRegions({ failing, regionCount, retrying, onRetry }: FailingRegionsProps) {
  if (failing.length === 0) {
    return null;
  }
  return (
    <Alert variant="warning" isInline component="h2" title={text.title(failing.length, regionCount)}>
      <List isPlain aria-label={text.list}>
        {failing.map(({ region, failure, asOf }) => (
          <ListItem key={region.id}>
            <strong>{regionTitle(region)}</strong>: {failure.message}{' '}
            {asOf === undefined ? (
              text.noRows
            ) : (
              <>
                {text.staleSince} <Instant at={asOf} />.
              </>
            )}{' '}
            <Button
              variant="link"
              isInline
              isLoading={retrying.has(region.id)}
              spinnerAriaLabel={text.retrying}
              aria-label={`${text.retry} ${regionTitle(region)}`}
              onClick={() => {
                onRetry(region.id);
              }}
            >
              {text.retry}
            </Button>
          </ListItem>
        ))}
      </List>
    </Alert>
  );
}
