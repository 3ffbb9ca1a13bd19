import { Banner, Flex, FlexItem } from '@patternfly/react-core';
import { ExclamationTriangleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-triangle-icon';
import { InfoCircleIcon } from '@patternfly/react-icons/dist/esm/icons/info-circle-icon';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { heldBecause, type RegionStatus, regionTitle, verdictsQuery } from '../api/console';
import { Failure } from '../api/failure';
import { Instant } from '../shown/Instant';

const text = {
  label: 'Region health',
  warning: 'Warning:',
  info: 'Info:',
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

/** Names every region that the console's prober finds unhealthy, why, and since when; every one that users are kept from; and what else there is to say of a region. Nothing while all are well. */
export function RegionBanner() {
  const { data: statuses = [], error } = useQuery(verdictsQuery);
  return (
    <section aria-label={text.label} aria-live="polite">
      {error !== null && <Line status="warning">{error instanceof Failure && error.kind === 'Refused' ? error.message : text.consoleSilent}</Line>}
      {statuses.map((status) => (
        <LineOf key={status.id} status={status} />
      ))}
    </section>
  );
}

function LineOf({ status }: { status: RegionStatus }) {
  const held = heldBecause(status);
  const name = <strong>{regionTitle(status)}</strong>;
  if (held !== undefined) {
    return (
      <Line status="info">
        {name} {held}. {status.message}
      </Line>
    );
  }
  return (
    <>
      {status.verdict === 'Unhealthy' && (
        <Line status="warning">
          {name} {text.unhealthy} <Instant at={status.since} />. {reasons.get(status.reason) ?? status.reason}
        </Line>
      )}
      {status.message !== '' && (
        <Line status="info">
          {name}: {status.message}
        </Line>
      )}
    </>
  );
}

function Line({ status, children }: { status: 'warning' | 'info'; children: ReactNode }) {
  return (
    <Banner status={status} screenReaderText={text[status]}>
      <Flex spaceItems={{ default: 'spaceItemsSm' }} flexWrap={{ default: 'nowrap' }}>
        <FlexItem>{status === 'warning' ? <ExclamationTriangleIcon /> : <InfoCircleIcon />}</FlexItem>
        <FlexItem className="region-line">{children}</FlexItem>
      </Flex>
    </Banner>
  );
}
