import type { ReactNode } from 'react';
import type { Cluster } from '../api/cluster';
import { type Region, regionTitle } from '../api/console';
import { ExternalLink } from '../shown/ExternalLink';
import { Instant } from '../shown/Instant';
import { ClusterStatus } from './ClusterStatus';
import { billingOf, limitedSupportReasons, providerOf, sentenceCase, typeOf, versionOf } from './words';

const text = { enabled: 'Enabled', disabled: 'Disabled', limitedSupport: (reasons: number) => (reasons === 1 ? 'Limited, for 1 reason' : `Limited, for ${reasons} reasons`) };

/** One thing known of a cluster; no value means that the region did not say. */
export interface Fact {
  term: string;
  value: ReactNode;
}

/** What the cluster is: the facts of the Details card that its region told. */
export function detailFacts(cluster: Cluster, region: Region): Fact[] {
  const { version, hypershift, console: webConsole, api } = cluster;
  return told([
    { term: 'Cluster ID', value: cluster.id },
    { term: 'UUID', value: cluster.external_id },
    { term: 'Name', value: cluster.name },
    { term: 'Domain prefix', value: cluster.domain_prefix },
    { term: 'Type', value: typeOf(cluster) },
    { term: 'Control plane type', value: hypershift?.enabled === undefined ? undefined : hypershift.enabled ? 'Hosted' : 'Classic' },
    { term: 'Provider', value: providerOf(cluster) },
    { term: 'Region', value: cluster.region?.id },
    { term: 'XCM region', value: regionTitle(region) },
    { term: 'Availability', value: cluster.multi_az === undefined ? undefined : cluster.multi_az ? 'Multi-zone' : 'Single zone' },
    { term: 'Version', value: versionOf(cluster) },
    { term: 'Channel group', value: version?.channel_group },
    { term: 'Available updates', value: version?.available_upgrades?.join(', ') },
    { term: 'End of life', value: version?.end_of_life_timestamp && <Instant at={version.end_of_life_timestamp} precision="day" /> },
    { term: 'Created', value: cluster.creation_timestamp && <Instant at={cluster.creation_timestamp} /> },
    { term: 'Expires', value: cluster.expiration_timestamp && <Instant at={cluster.expiration_timestamp} /> },
    { term: 'Billing model', value: billingOf(cluster) },
    { term: 'Infrastructure account', value: cluster.aws?.account_id },
    { term: 'Web console', value: webConsole?.url && <ExternalLink url={webConsole.url} /> },
    { term: 'API', value: api?.url && <ExternalLink url={api.url} /> },
    { term: 'API access', value: api?.listening && sentenceCase(api.listening) },
  ]);
}

/** How the cluster is: the facts of the Status card that its region told. */
export function statusFacts(cluster: Cluster): Fact[] {
  const { status, nodes } = cluster;
  const scaling = nodes?.autoscale_compute;
  const reasons = limitedSupportReasons(cluster);
  // A hosted control plane has no nodes in the cluster: the 0 that regions tell of them would look like a fault.
  const ownNodes = cluster.hypershift?.enabled === true ? undefined : nodes;
  return told([
    { term: 'Status', value: <ClusterStatus cluster={cluster} /> },
    { term: 'Description', value: status?.description === status?.provision_error_message ? undefined : status?.description },
    { term: 'Provisioning error', value: joined(status?.provision_error_code, status?.provision_error_message) },
    { term: 'Support', value: reasons > 0 ? text.limitedSupport(reasons) : undefined },
    { term: 'Configuration', value: status?.configuration_mode && sentenceCase(status.configuration_mode) },
    { term: 'Control plane nodes', value: ownNodes?.master },
    { term: 'Infrastructure nodes', value: ownNodes?.infra },
    { term: 'Compute nodes', value: nodes?.compute },
    { term: 'Autoscaling', value: scaling && range(scaling.min_replicas, scaling.max_replicas) },
    { term: 'Compute machine type', value: nodes?.compute_machine_type?.id },
    { term: 'Delete protection', value: onOff(cluster.delete_protection?.enabled) },
    { term: 'etcd encryption', value: onOff(cluster.etcd_encryption) },
    { term: 'FIPS', value: onOff(cluster.fips) },
    { term: 'PrivateLink', value: onOff(cluster.aws?.private_link) },
    { term: 'Instance metadata (IMDS)', value: cluster.aws?.ec2_metadata_http_tokens && `IMDSv2 ${cluster.aws.ec2_metadata_http_tokens}` },
    { term: 'User workload monitoring', value: onOff(cluster.disable_user_workload_monitoring === undefined ? undefined : !cluster.disable_user_workload_monitoring) },
  ]);
}

function told(facts: Fact[]): Fact[] {
  return facts.filter(({ value }) => value !== undefined && value !== '');
}

function onOff(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? text.enabled : text.disabled;
}

function joined(...parts: (string | undefined)[]): string | undefined {
  return parts.filter((part) => part !== undefined).join(': ') || undefined;
}

function range(min: number | undefined, max: number | undefined): string {
  return `${min ?? '?'} to ${max ?? '?'} compute nodes`;
}
