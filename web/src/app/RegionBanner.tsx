import { Banner, Flex, FlexItem } from '@patternfly/react-core';
import { ExclamationTriangleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { regionTitle, verdictsQuery } from '../api/console';
import { Instant } from '../shown/Instant';

const text = {
  label: 'Region health',
  warning: 'Warning:',
  unhealthy: 'is unhealthy since',
  consoleSilent: 'The console does not answer. What is shown may be out of date.',
};

// The console's closed list of reasons, as a sentence each.
const reasons = new Map([
  ['NotProbed', 'It has not been probed yet.'],
  ['NameNotFound', 'Its host name is not found.'],
  ['ConnectionRefused', 'It refuses connections.'],
  ['ConnectTimeout', 'A connection to it does not come about in time.'],
  ['TLSFailed', 'A secure connection to it cannot be made.'],
  ['CertificateInvalid', 'Its certificate is not valid.'],
  ['Timeout', 'It does not answer in time.'],
  ['UnexpectedStatus', 'It answers with an unexpected status.'],
  ['LeavesGeography', 'It redirects to a host outside the geography.'],
  ['DestinationRefused', 'Its address is one that the console refuses to connect to.'],
  ['ConnectionFailed', 'The connection to it fails.'],
]);

/** Names every region that the console's prober finds unhealthy, why, and since when. Nothing while all are well. */
export function RegionBanner() {
  const { data: statuses = [], isError } = useQuery(verdictsQuery);
  const unhealthy = statuses.filter(({ verdict }) => verdict === 'Unhealthy');
  return (
    <section aria-label={text.label} aria-live="polite">
      {isError && <Line>{text.consoleSilent}</Line>}
      {unhealthy.map((status) => (
        <Line key={status.id}>
          <strong>{regionTitle(status)}</strong> {text.unhealthy} <Instant at={status.since} />. {reasons.get(status.reason) ?? status.reason}
        </Line>
      ))}
    </section>
  );
}

function Line({ children }: { children: ReactNode }) {
  return (
    <Banner status="warning" screenReaderText={text.warning}>
      <Flex spaceItems={{ default: 'spaceItemsSm' }} flexWrap={{ default: 'nowrap' }}>
        <FlexItem>
          <ExclamationTriangleIcon />
        </FlexItem>
        <FlexItem className="region-line">{children}</FlexItem>
      </Flex>
    </Banner>
  );
}
