let dark = false;
const changes = new EventTarget();

// The part of a MediaQueryList that the UI uses; jsdom has none of it.
type Media = Pick<MediaQueryList, 'matches' | 'addEventListener' | 'removeEventListener'>;

/** The system's theme as window.matchMedia tells of it: light until a test sets it. */
export const systemTheme = {
  set(theme: 'light' | 'dark'): void {
    dark = theme === 'dark';
    changes.dispatchEvent(new Event('change'));
  },

  media(query: string): Media {
    return {
      get matches() {
        return query === '(prefers-color-scheme: dark)' && dark;
      },
      addEventListener: changes.addEventListener.bind(changes),
      removeEventListener: changes.removeEventListener.bind(changes),
    };
  },
};
