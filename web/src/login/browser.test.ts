import { afterEach, expect, it, vi } from 'vitest';
import { thisBrowser } from './browser';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('goes on alone where a browser lets tabs tell each other nothing', () => {
  vi.stubGlobal('BroadcastChannel', function refuses() {
    throw new DOMException('denied', 'SecurityError');
  });
  const tabs = thisBrowser().tabs();
  expect(() => {
    tabs.addEventListener('message', () => undefined);
    tabs.postMessage('SignedOut');
  }).not.toThrow();
});

it.each([
  { type: 'back_forward', came: true },
  { type: 'navigate', came: false },
  { type: 'reload', came: false },
])('tells a page to which "Back" led from one that was opened: $type', ({ type, came }) => {
  vi.stubGlobal('performance', { getEntriesByType: () => [{ type }] });
  expect(thisBrowser().cameBack()).toBe(came);
});
