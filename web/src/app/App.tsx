import { Bullseye, Spinner } from '@patternfly/react-core';
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { matchPath, Route, Routes, useLocation } from 'react-router';
import { configQuery } from '../api/console';
import { RegionsContext } from '../api/regions';
import { firstView, type View, ViewContext } from '../clusters/view';
import { FailureState } from '../shown/FailureState';
import { Crash } from './Crash';
import { MaintenancePage } from './MaintenancePage';
import { routes } from './routes';
import { Shell } from './Shell';

const text = { loading: 'Loading the console', failed: 'The console could not be loaded' };

/** A client that asks once and tells the user: each region is asked again by its own rhythm or by hand. */
export function newQueryClient(): QueryClient {
  // "always": whether the machine is online is for the question itself to find out.
  return new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: 'always' } } });
}

/** The UI, inside a router. */
export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <WithView>
        <Configured />
      </WithView>
    </QueryClientProvider>
  );
}

function Configured() {
  const { data: config, error, refetch } = useQuery(configQuery);
  const { pathname } = useLocation();
  const route = routes.find(({ path }) => matchPath(path, pathname)) ?? routes[0];
  if (config !== undefined) {
    return (
      <RegionsContext value={config.regions}>
        <Shell route={route} geography={config.geography.name}>
          {config.maintenance ? (
            <MaintenancePage geography={config.geography.name} message={config.maintenance.message} />
          ) : (
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

function WithView({ children }: { children: ReactNode }) {
  const [view, setView] = useState(firstView);
  const change = useCallback((part: Partial<View>) => {
    setView((before) => ({ ...before, ...part }));
  }, []);
  return <ViewContext value={useMemo(() => [view, change] as const, [view, change])}>{children}</ViewContext>;
}
