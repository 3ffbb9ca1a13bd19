import type { ComponentType } from 'react';
import type { Config } from '../api/console';
import { clusterPattern, clustersPath } from '../clusters/clusterPath';
import { ClusterPage } from '../clusters/ClusterPage';
import { ClustersPage } from '../clusters/ClustersPage';
import { tokenPath } from '../login/paths';
import { TokenPage } from '../login/TokenPage';
import { NotFoundPage } from './NotFoundPage';

/** One page: what the router, the navigation and the document's title know of it. */
export interface AppRoute {
  path: string;
  /** The document's title. It names the kind of page only: titles end up in histories, where no cluster's name belongs. */
  title: string;
  page: ComponentType;
  /** The entry of the navigation that leads here, and that is marked on this page; pages below another name that one's. */
  nav?: 'Clusters' | 'Command line';
  /** With it the page is there only where users sign in. */
  needs?: 'Login';
}

/** The page of every address that no other page has. */
export const notFound: AppRoute = { path: '*', title: 'Page not found', page: NotFoundPage };

const routes: readonly AppRoute[] = [
  { path: clustersPath, title: 'Clusters', page: ClustersPage, nav: 'Clusters' },
  { path: clusterPattern, title: 'Cluster', page: ClusterPage, nav: 'Clusters' },
  { path: tokenPath, title: 'Command line', page: TokenPage, nav: 'Command line', needs: 'Login' },
  notFound,
];

/** The pages of a console where users sign in, or of one with auth None. */
export function routesOf(auth: Config['auth']): readonly AppRoute[] {
  return routes.filter(({ needs }) => needs === undefined || auth.type === 'OIDC');
}

/** The entries of the navigation: the first page of each. */
export function navigationOf(pages: readonly AppRoute[]): readonly AppRoute[] {
  return pages.filter((page, i) => page.nav !== undefined && pages.findIndex(({ nav }) => nav === page.nav) === i);
}
