import type { Cluster } from '../api/cluster';

/** How a state is drawn: as good, bad, in progress, at rest or in need of care. */
export type Tone = 'good' | 'bad' | 'moving' | 'resting' | 'careful';

interface StateWords {
  word: string;
  tone: Tone;
}

// The states of OCM's clusters_mgmt, what needs attention first: the order is that of the Status column.
const states = new Map<string, StateWords>([
  ['error', { word: 'Error', tone: 'bad' }],
  ['unknown', { word: 'Unknown', tone: 'careful' }],
  ['uninstalling', { word: 'Uninstalling', tone: 'careful' }],
  ['waiting', { word: 'Waiting', tone: 'moving' }],
  ['pending', { word: 'Pending', tone: 'moving' }],
  ['validating', { word: 'Validating', tone: 'moving' }],
  ['installing', { word: 'Installing', tone: 'moving' }],
  ['updating', { word: 'Updating', tone: 'moving' }],
  ['resuming', { word: 'Resuming', tone: 'moving' }],
  ['powering_down', { word: 'Powering down', tone: 'moving' }],
  ['hibernating', { word: 'Hibernating', tone: 'resting' }],
  ['ready', { word: 'Ready', tone: 'good' }],
]);
const ranks = new Map([...states.keys()].map((state, rank) => [state, rank]));
const unknownState: StateWords = { word: 'Unknown', tone: 'careful' };

/** The word and tone of a cluster's state. A state that this UI does not know is shown as it came. */
export function stateOf({ state }: Cluster): StateWords {
  return state === undefined ? unknownState : (states.get(state) ?? { word: sentenceCase(state), tone: 'careful' });
}

/** How many reasons the cluster's limited support has; 0 is full support. */
export function limitedSupportReasons({ status }: Cluster): number {
  return status?.limited_support_reason_count ?? 0;
}

/** Smaller needs attention sooner: errors, then limited support, then the order of the states. */
export function attentionRank(cluster: Cluster): number {
  const rank = ranks.get(cluster.state ?? 'unknown') ?? 1;
  return limitedSupportReasons(cluster) > 0 ? Math.min(rank, 0.5) : rank;
}

const products = new Map([
  ['rosa', 'ROSA'],
  ['osd', 'OSD'],
  ['osdtrial', 'OSD trial'],
  ['ocp', 'OCP'],
  ['aro', 'ARO'],
  ['rhoic', 'RHOIC'],
]);

/** The kind of cluster: its product, and for ROSA where its control plane runs. */
export function typeOf({ product, hypershift }: Cluster): string | undefined {
  const name = product?.id === undefined ? undefined : (products.get(product.id) ?? product.id.toUpperCase());
  return name === 'ROSA' ? `ROSA (${hypershift?.enabled === true ? 'hosted' : 'classic'})` : name;
}

const providers = new Map([
  ['aws', 'AWS'],
  ['gcp', 'GCP'],
  ['azure', 'Azure'],
]);

/** The cloud provider's name. */
export function providerOf({ cloud_provider: provider }: Cluster): string | undefined {
  return provider?.id === undefined ? undefined : (providers.get(provider.id) ?? provider.id);
}

/** Provider and cloud region as one: "AWS (eu-west-1)". */
export function placeOf(cluster: Cluster): string | undefined {
  const provider = providerOf(cluster);
  const region = cluster.region?.id;
  return provider === undefined ? region : region === undefined ? provider : `${provider} (${region})`;
}

const billingModels = new Map([
  ['marketplace-aws', 'AWS Marketplace'],
  ['marketplace-gcp', 'Google Cloud Marketplace'],
  ['marketplace-azure', 'Azure Marketplace'],
  ['marketplace-rhm', 'Red Hat Marketplace'],
]);

/** Who bills for the cluster, and how. */
export function billingOf({ billing_model: model }: Cluster): string | undefined {
  return model === undefined ? undefined : (billingModels.get(model) ?? sentenceCase(model));
}

/** The OpenShift version that runs, without prefix: "4.18.5". */
export function versionOf({ openshift_version: running, version }: Cluster): string | undefined {
  return running ?? version?.raw_id;
}

/** What the user calls the cluster. */
export function nameOf({ display_name: displayName, name, id }: Cluster): string {
  return displayName ?? name ?? id;
}

/** "powering_down" as "Powering down": for closed lists of OCM that have no words of ours. */
export function sentenceCase(value: string): string {
  const words = value.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
