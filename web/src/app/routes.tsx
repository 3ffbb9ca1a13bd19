import type { ComponentType } from 'react';
import { clusterPattern, clustersPath } from '../clusters/clusterPath';
import { ClusterPage } from '../clusters/ClusterPage';
import { ClustersPage } from '../clusters/ClustersPage';
import { NotFoundPage } from './NotFoundPage';

/** One page: what the router, the navigation and the document's title know of it. */
export interface AppRoute {
  path: string;
  /** The document's title. It names the kind of page only: titles end up in histories, where no cluster's name belongs. */
  title: string;
  page: ComponentType;
  /** The entry of the navigation that leads here, and that is marked on this page; pages below another name that one's. */
  nav?: 'Clusters';
}

/** Every page of the UI; the last one takes what no other does. */
export const routes: readonly [AppRoute, ...AppRoute[]] = [
  { path: clustersPath, title: 'Clusters', page: ClustersPage, nav: 'Clusters' },
  { path: clusterPattern, title: 'Cluster', page: ClusterPage, nav: 'Clusters' },
  { path: '*', title: 'Page not found', page: NotFoundPage },
];

/** The entries of the navigation: the first page of each. */
export const navigation = routes.filter((route, i) => route.nav !== undefined && routes.findIndex(({ nav }) => nav === route.nav) === i);
