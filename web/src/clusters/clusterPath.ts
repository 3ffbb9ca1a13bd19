/** The list's own path, and the pattern of a cluster's page. Neither begins with /regions or /api: the console refuses to navigate there. */
export const clustersPath = '/';
export const clusterPattern = '/clusters/:regionId/:clusterId';

/** The path of a cluster's page. It holds ids only: a URL ends up in histories and logs, where no name belongs. */
export function clusterPath(regionId: string, clusterId: string): string {
  return `/clusters/${encodeURIComponent(regionId)}/${encodeURIComponent(clusterId)}`;
}
