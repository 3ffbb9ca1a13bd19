import axe from 'axe-core';
import { expect } from 'vitest';

/** Fails when axe finds anything on the page. Contrast needs a real browser: jsdom draws nothing. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}
