/** Tells the other tabs of this console something, and hears what they tell. */
export type Tabs = Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;

/** What a session needs of the browser. */
export interface Browser {
  /** Scheme, host and port of this console. */
  origin: string;
  /** Goes to another page, from which "Back" leads to this one. */
  leave: (url: string) => void;
  /** Opens a page in place of this one: what was on it is not in the history. */
  replace: (url: string) => void;
  /** Whether "Back" or "Forward" led to this page, which was then loaded anew. */
  cameBack: () => boolean;
  /**
   * Where state and verifier of a sign-in and the path to come back to lie between leaving and the callback, and nothing else ever does.
   * After a sign-in that was abandoned they lie there until the next one in the tab, or its end. Throws where the browser has it switched off.
   */
  pending: () => Storage;
  /** The other tabs of this console. */
  tabs: () => Tabs;
}

/** The browser that the UI runs in. */
export function thisBrowser(): Browser {
  return {
    origin: window.location.origin,
    leave: (url) => {
      whenLoaded(() => {
        window.location.assign(url);
      });
    },
    replace: (url) => {
      window.location.replace(url);
    },
    cameBack: () => performance.getEntriesByType('navigation').some((entry) => 'type' in entry && entry.type === 'back_forward'),
    // eslint-disable-next-line no-restricted-globals -- a sign-in leaves the page, so that memory cannot hold its state
    pending: () => sessionStorage,
    tabs: () => {
      try {
        return new BroadcastChannel('geoconsole-login');
      } catch {
        return alone; // an old browser, or one that is told to keep pages apart
      }
    },
  };
}

// Without a way to the other tabs each one has a session of its own.
const alone: Tabs = { postMessage: () => undefined, addEventListener: () => undefined };

// A page that leaves before it is loaded is not in the history.
function whenLoaded(act: () => void): void {
  if (document.readyState === 'complete') {
    act();
    return;
  }
  window.addEventListener('load', () => setTimeout(act), { once: true });
}
