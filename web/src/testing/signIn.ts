import { cleanup, waitFor } from '@testing-library/react';
import type { ComponentType, ReactNode } from 'react';
import { expect } from 'vitest';
import { FakeBrowser } from './fakeBrowser';
import type { FakeIssuer } from './fakeIssuer';
import { open } from './open';

/** Opens a page and waits until the browser is sent to the issuer: to which address. */
export async function sentToIssuer(path = '/'): Promise<string> {
  const browser = new FakeBrowser();
  open(path, browser);
  const [url = ''] = await leaves(browser);
  cleanup();
  return url;
}

/** Waits until the browser is sent away. */
export async function leaves(browser: FakeBrowser): Promise<string[]> {
  await waitFor(() => {
    expect(browser.left).not.toEqual([]);
  });
  return browser.left;
}

/** Signs a user in who opens a path, and returns them with their browser. */
export async function signIn(issuer: FakeIssuer, path = '/', mode?: ComponentType<{ children: ReactNode }>) {
  const url = await sentToIssuer(path);
  const browser = new FakeBrowser();
  const user = open(issuer.signsIn(url), browser, mode);
  return { user, browser, url };
}
