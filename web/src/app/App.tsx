import { Bullseye, Spinner } from '@patternfly/react-core';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { matchPath, Route, Routes, useLocation } from 'react-router';
import { type Config, configQuery } from '../api/console';
import { RegionsContext } from '../api/regions';
import { firstView, type View, ViewContext } from '../clusters/view';
import { Login } from '../login/Login';
import type { Session } from '../login/session';
import { FailureState } from '../shown/FailureState';
import { Crash } from './Crash';
import { MaintenancePage } from './MaintenancePage';
import { navigationOf, notFound, routesOf } from './routes';
import { Shell } from './Shell';

const text = { loading: 'Loading the console', failed: 'The console could not be loaded' };

/** A client that asks once and tells the user: each region is asked again by its own rhythm or by hand. */
export function newQueryClient(): QueryClient {
  // "always": whether the machine is online is for the question itself to find out.
  return new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } });
}

/** The UI, inside a router. The session is the one of whoever signs in. */
export function App({ client, session }: { client: QueryClient; session: Session }) {
  return (
    <QueryClientProvider client={client}>
      <WithView>
        <Configured session={session} />
      </WithView>
    </QueryClientProvider>
  );
}

function Configured({ session }: { session: Session }) {
  const { data: config, error, refetch } = useQuery(configQuery);
  if (config?.auth.type === 'OIDC') {
    return (
      <Crash>
        <Login session={session} issuer={config.auth} geography={config.geography.name} closed={maintenanceOf(config)}>
          <Pages config={config} />
        </Login>
      </Crash>
    );
  }
  if (config !== undefined) {
    return <Pages config={config} />;
  }
  return (
    <main>
      <Bullseye>
        {error === null ? (
          <Spinner aria-label={text.loading} />
        ) : (
          <FailureState
            title={text.failed}
            error={error}
            onRetry={() => {
              void refetch();
            }}
          />
        )}
      </Bullseye>
    </main>
  );
}

function maintenanceOf({ geography, maintenance }: Config): ReactNode | undefined {
  return maintenance && <MaintenancePage geography={geography.name} message={maintenance.message} />;
}

function Pages({ config }: { config: Config }) {
  const { pathname } = useLocation();
  const routes = routesOf(config.auth);
  const route = routes.find(({ path }) => matchPath(path, pathname)) ?? notFound;
  return (
    <RegionsContext value={config.regions}>
      <Shell route={route} navigation={navigationOf(routes)} geography={config.geography.name}>
        {maintenanceOf(config) ?? (
          <Crash key={pathname}>
            <Routes>
              {routes.map(({ path, page: Page }) => (
                <Route key={path} path={path} element={<Page />} />
              ))}
            </Routes>
          </Crash>
        )}
      </Shell>
    </RegionsContext>
  );
}

function WithView({ children }: { children: ReactNode }) {
  const [view, setView] = useState(firstView);
  const change = useCallback((part: Partial<View>) => {
    setView((before) => ({ ...before, ...part }));
  }, []);
  return <ViewContext value={useMemo(() => [view, change] as const, [view, change])}>{children}</ViewContext>;
}
