import type { Browser, Tabs } from '../login/browser';

/** Stands in for what a session does to the browser: where it was sent to is noted, and the test goes there or does not. */
export class FakeBrowser implements Browser {
  readonly origin = 'https://console.eu.example.com';
  /** Where the browser was sent to, in this order. */
  readonly left: string[] = [];
  /** Those of them that took this page's place in the history. */
  readonly replaced: string[] = [];
  /** Whether "Back" led here. */
  isBack = false;
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

  readonly replace = (url: string): void => {
    this.left.push(url);
    this.replaced.push(url);
  };

  readonly cameBack = (): boolean => this.isBack;

  readonly pending = (): Storage => globalThis.sessionStorage;

  readonly tabs = (): Tabs => ({
    postMessage: (message: unknown) => {
      this.told.push(message);
    },
    addEventListener: this.messages.addEventListener.bind(this.messages),
  });

  /** Lets another tab tell something. */
  hears(data: string): void {
    this.messages.dispatchEvent(new MessageEvent('message', { data }));
  }
}
