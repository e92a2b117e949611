import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** `source` makes workspace packages resolve to their TypeScript, so that nothing is built twice. */
const SOURCE = 'source';

function project(name: string, workspace: string, folder: string) {
  const include = [`${workspace}/${folder}/**/*.test.ts`];
  const testTimeout = 60_000;
  return {
    extends: true as const,
    test: { name, include, environment: 'node' as const, testTimeout },
  };
}

export default defineConfig({
  root: 'web',
  plugins: [svelte()],
  resolve: { conditions: [SOURCE, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
  worker: { format: 'es' },
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0 },
  test: {
    root: '.',
    projects: [
      ...['protocol', 'raida', 'relay', 'web', 'scripts'].map((name) =>
        project(name, name, 'test'),
      ),
      project('simulation', 'e2e', 'simulation'),
    ],
  },
});
