import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';
import { systemTheme } from './systemTheme';

// What jsdom lacks and the UI or PatternFly asks for.
window.matchMedia = (query) => systemTheme.media(query) as MediaQueryList;
window.scrollTo = () => undefined;
// As in index.html.
document.documentElement.lang = 'en';
document.title = 'GeoConsole';

// A busy machine is slow; what never comes still fails.
configure({ asyncUtilTimeout: 5000 });

afterEach(() => {
  cleanup();
  systemTheme.set('light');
});
