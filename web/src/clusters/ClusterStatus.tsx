import { Label, LabelGroup } from '@patternfly/react-core';
import { InProgressIcon } from '@patternfly/react-icons/dist/esm/icons/in-progress-icon';
import { MoonIcon } from '@patternfly/react-icons/dist/esm/icons/moon-icon';
import type { ComponentProps } from 'react';
import type { Cluster } from '../api/cluster';
import { limitedSupportReasons, stateOf, type Tone } from './words';

const text = { status: 'Status', limitedSupport: 'Limited support' };

const looks: Record<Tone, ComponentProps<typeof Label>> = {
  good: { status: 'success' },
  bad: { status: 'danger' },
  careful: { status: 'warning' },
  moving: { color: 'blue', icon: <InProgressIcon /> },
  resting: { color: 'grey', icon: <MoonIcon /> },
};

/** A cluster's state as icon and word, with a second label when its support is limited. */
export function ClusterStatus({ cluster }: { cluster: Cluster }) {
  const { word, tone } = stateOf(cluster);
  return (
    <LabelGroup aria-label={text.status}>
      <Label variant="outline" {...looks[tone]}>
        {word}
      </Label>
      {limitedSupportReasons(cluster) > 0 && (
        <Label variant="outline" status="warning">
          {text.limitedSupport}
        </Label>
      )}
    </LabelGroup>
  );
}
