import * as v from 'valibot';

// A region's answer is not ours to trust: a field of another type than expected counts as absent, it does not take the page down.
function lenient<S extends v.GenericSchema>(shape: S) {
  return v.fallback(v.optional(shape), undefined);
}

const text = lenient(v.pipe(v.string(), v.nonEmpty()));
const count = lenient(v.number());
const flag = lenient(v.boolean());
const part = <E extends v.ObjectEntries>(entries: E) => lenient(v.object(entries));

/** The id of a cluster. It becomes a part of paths, so nothing else than these characters is let in (OCM's ids are 32 of 0-9 and a-v). */
export const clusterId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));

/** A cluster as clusters_mgmt describes it, only the fields that the UI shows. Field names are OCM's. */
export const clusterShape = v.object({
  id: clusterId,
  name: text,
  display_name: text,
  domain_prefix: text,
  external_id: text,
  infra_id: text,
  creation_timestamp: text,
  expiration_timestamp: text,
  state: text,
  status: part({
    description: text,
    provision_error_code: text,
    provision_error_message: text,
    limited_support_reason_count: count,
    configuration_mode: text,
  }),
  openshift_version: text,
  version: part({ raw_id: text, channel_group: text, available_upgrades: lenient(v.array(v.string())), end_of_life_timestamp: text }),
  cloud_provider: part({ id: text }),
  region: part({ id: text }),
  product: part({ id: text }),
  hypershift: part({ enabled: flag }),
  ccs: part({ enabled: flag }),
  billing_model: text,
  multi_az: flag,
  nodes: part({
    master: count,
    infra: count,
    compute: count,
    autoscale_compute: part({ min_replicas: count, max_replicas: count }),
    compute_machine_type: part({ id: text }),
  }),
  api: part({ url: text, listening: text }),
  console: part({ url: text }),
  aws: part({ account_id: text, ec2_metadata_http_tokens: text, private_link: flag }),
  fips: flag,
  etcd_encryption: flag,
  delete_protection: part({ enabled: flag }),
  disable_user_workload_monitoring: flag,
});

/** See clusterShape. */
export type Cluster = v.InferOutput<typeof clusterShape>;

/** One page of a list of clusters. total is of all pages; real answers may leave out items when there are none. */
export const clusterPage = v.object({
  items: v.nullish(v.array(clusterShape), []),
  total: lenient(v.number()),
});
