import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ComponentType, Fragment, type ReactNode, useLayoutEffect } from 'react';
import { MemoryRouter, useLocation } from 'react-router';
import { vi } from 'vitest';
import { App, newQueryClient } from '../app/App';
import { Session } from '../login/session';
import { FakeBrowser } from './fakeBrowser';

/** Opens the UI at a path, as a browser would, and returns the person in front of it. Works with real and with fake timers. */
export function open(path = '/', browser = new FakeBrowser(), Mode: ComponentType<{ children: ReactNode }> = Fragment) {
  const client = newQueryClient();
  const session = new Session(browser);
  browser.memory = () => JSON.stringify(client.getQueryCache().getAll().map(({ state }) => state.data));
  render(
    <Mode>
      <MemoryRouter initialEntries={[path]}>
        <App client={client} session={session} />
        <Address browser={browser} />
      </MemoryRouter>
    </Mode>,
  );
  return userEvent.setup({ advanceTimers: (ms) => (vi.isFakeTimers() ? vi.advanceTimersByTimeAsync(ms).then(() => undefined) : Promise.resolve()) });
}

// What the browser's address bar would show.
function Address({ browser }: { browser: FakeBrowser }) {
  const { pathname, search, hash } = useLocation();
  useLayoutEffect(() => {
    browser.addresses.push(pathname + search + hash);
  }, [browser, pathname, search, hash]);
  return null;
}
