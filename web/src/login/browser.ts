/** What a session needs of the browser. */
export interface Browser {
  /** Scheme, host and port of this console. */
  origin: string;
  /** Opens a page in place of this one: what was on it is not in the history. */
  leave: (url: string) => void;
  /** Loads this page anew. */
  reload: () => void;
  /** Where state and verifier of a sign-in lie between leaving and the callback, and nothing else ever does. It ends with the tab. Throws where the browser has it switched off. */
  pending: () => Storage;
  /** The other tabs of this console. */
  tabs: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;
}

/** The browser that the UI runs in. */
export function thisBrowser(): Browser {
  return {
    origin: window.location.origin,
    leave: (url) => {
      window.location.replace(url);
    },
    reload: () => {
      window.location.reload();
    },
    // eslint-disable-next-line no-restricted-globals -- a sign-in leaves the page, so that memory cannot hold its state
    pending: () => sessionStorage,
    tabs: new BroadcastChannel('geoconsole-login'),
  };
}
