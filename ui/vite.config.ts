// How the page is built and tested. Modes: `production` for the window and the harness, `fake` for looking
// at the page without a backend, `test` for vitest. The fake host is in the last two only.
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    // vitest would take Svelte's server build, which mounts nothing.
    ...(process.env.VITEST ? { conditions: ['browser'] } : {}),
    alias: {
      $host: here('src/host'),
      $gen: here('src/gen'),
      $state: here('src/state'),
      $lib: here('src/lib'),
      $parts: here('src/parts'),
      $views: here('src/views'),
      $workers: here('src/workers'),
    },
  },
  // The engine of the window is WebKitGTK 2.50, close to Safari 18.
  build: {
    target: ['es2023', 'safari18'],
    cssTarget: 'safari18',
    assetsInlineLimit: 0, // the content policy allows data: for images only, so nothing is inlined
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  worker: { format: 'es' },
  server: { port: 5173, strictPort: true },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
  },
});
