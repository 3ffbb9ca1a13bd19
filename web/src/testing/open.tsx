import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter } from 'react-router';
import { vi } from 'vitest';
import { App, newQueryClient } from '../app/App';

/** Opens the UI at a path, as a browser would, and returns the person in front of it. Works with real and with fake timers. */
export function open(path = '/') {
  const client = newQueryClient();
  render(
    <MemoryRouter initialEntries={[path]}>
      <App client={client} />
    </MemoryRouter>,
  );
  return userEvent.setup({ advanceTimers: (ms) => (vi.isFakeTimers() ? vi.advanceTimersByTimeAsync(ms).then(() => undefined) : Promise.resolve()) });
}
