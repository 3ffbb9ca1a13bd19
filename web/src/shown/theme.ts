import { useEffect, useSyncExternalStore } from 'react';

/** What the user chose. It lasts until the page is closed: nothing is stored in the browser. */
export type Theme = 'System' | 'Light' | 'Dark';

const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');

function onSystemChange(changed: () => void): () => void {
  systemIsDark.addEventListener('change', changed);
  return () => {
    systemIsDark.removeEventListener('change', changed);
  };
}

/** Draws the page in the chosen theme, or in the system's own. */
export function useTheme(theme: Theme): void {
  const system = useSyncExternalStore(onSystemChange, () => systemIsDark.matches);
  const dark = theme === 'System' ? system : theme === 'Dark';
  useEffect(() => {
    document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
  }, [dark]);
}
