import { queryOptions } from '@tanstack/react-query';
import * as v from 'valibot';
import { ask } from './ask';

// A region that is added or removed shows within this time (milliseconds), without a reload.
const configEvery = 20_000;
// The console probes a region every 10 s by default; asking more often shows nothing new.
const verdictsEvery = 10_000;

const region = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  displayName: v.optional(v.string(), ''),
  state: v.optional(v.picklist(['Active', 'Maintenance', 'Drained']), 'Active'),
  message: v.optional(v.string(), ''),
});

/** One XCM instance of the geography. The id is its rh_region_id; displayName may be empty, and so may the message that whoever runs the geography has for users. */
export type Region = v.InferOutput<typeof region>;

// An address of the issuer that the console does not know yet, or that the issuer does not have, is empty.
const issuerAddress = v.optional(v.union([v.literal(''), v.pipe(v.string(), v.startsWith('https://'), v.url())]), '');

const oidc = v.object({
  type: v.literal('OIDC'),
  issuerURL: v.pipe(v.string(), v.nonEmpty()),
  clientID: v.pipe(v.string(), v.nonEmpty()),
  scopes: v.optional(v.array(v.string()), ['openid', 'profile']),
  authorizationURL: issuerAddress,
  tokenURL: issuerAddress,
  endSessionURL: issuerAddress,
});

/** The issuer that users sign in at. Its addresses are empty until the console has read them; endSessionURL stays empty where the issuer has none. */
export type Issuer = v.InferOutput<typeof oidc>;

const config = v.object({
  geography: v.object({ name: v.string() }),
  auth: v.variant('type', [v.object({ type: v.literal('None') }), oidc]),
  maintenance: v.optional(v.object({ message: v.string() })),
  regions: v.array(region),
});

/** What the console was configured with, as far as the UI needs it. */
export type Config = v.InferOutput<typeof config>;

/** Asks for /config.json, again every 20 s once it has answered. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => ask('/config.json', config, { signal }),
  refetchInterval: ({ state }) => (state.data === undefined ? false : configEvery),
});

const regionStatus = v.object({
  ...region.entries,
  verdict: v.picklist(['Healthy', 'Unhealthy', 'Unknown']),
  reason: v.optional(v.string(), ''),
  since: v.optional(v.string(), ''),
});

/** What the console's prober says of a region. reason is one of the console's closed list, empty when Healthy; since is the time (RFC 3339) of the last change of verdict. */
export type RegionStatus = v.InferOutput<typeof regionStatus>;

/** Asks for every region's verdict, again every 10 s. */
export const verdictsQuery = queryOptions({
  queryKey: ['verdicts'],
  queryFn: async ({ signal }) => (await ask('/api/geo/v1/regions', v.object({ items: v.array(regionStatus) }), { signal })).items,
  refetchInterval: verdictsEvery,
});

/** How a region is named to the user: "Ireland (aws.eu-west-1)", or its id alone. */
export function regionTitle({ id, displayName }: Region): string {
  return displayName === '' || displayName === id ? id : `${displayName} (${id})`;
}

const heldWords = { Maintenance: 'is under maintenance', Drained: 'is taken out of service' };

/** What keeps users from a region: "is under maintenance"; undefined while it may be asked. */
export function heldBecause({ state }: Region): string | undefined {
  return state === 'Active' ? undefined : heldWords[state];
}
