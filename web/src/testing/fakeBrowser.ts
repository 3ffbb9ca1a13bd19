import { vi } from 'vitest';
import type { Browser } from '../login/browser';

/** Stands in for what a session does to the browser: where it was sent to is noted, and the test goes there or does not. */
export class FakeBrowser implements Browser {
  readonly origin = 'https://console.eu.example.com';
  /** The pages that took this one's place, in their order. */
  readonly left: string[] = [];
  readonly reload = vi.fn();
  /** All that the page holds of what it was told. */
  memory = (): string => '';
  /** What stood in the address bar, one after the other. */
  readonly addresses: string[] = [];
  /** What this tab told the others. */
  readonly told: unknown[] = [];
  private readonly messages = new EventTarget();

  readonly leave = (url: string): void => {
    this.left.push(url);
  };

  readonly pending = (): Storage => globalThis.sessionStorage;

  readonly tabs: Browser['tabs'] = {
    postMessage: (message: unknown) => {
      this.told.push(message);
    },
    addEventListener: this.messages.addEventListener.bind(this.messages),
  };

  /** Lets another tab tell something. */
  hears(data: string): void {
    this.messages.dispatchEvent(new MessageEvent('message', { data }));
  }
}
