import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { precompress } from './build/precompress.ts';
import { promises } from './build/promises.ts';

// A console that runs on this machine, for "npm run dev".
const console = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), promises(), precompress()],
  build: {
    // The CSP allows no data: URI, so nothing is inlined.
    assetsInlineLimit: 0,
    // The libraries' licences ask for their texts to go along.
    license: { fileName: 'licenses.md' },
    modulePreload: { polyfill: false },
    // Emptying dist removes its .gitkeep; public/.gitkeep puts it back.
    emptyOutDir: true,
    // One script and one style sheet: a page that stays open over a rolling update never asks a new pod for an old chunk.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/config.json': console, '/api': console, '/regions': console } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    // PatternFly's modules import their style sheets, which Node cannot.
    server: { deps: { inline: [/@patternfly\//] } },
    testTimeout: 30_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
