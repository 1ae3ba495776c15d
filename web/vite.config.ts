import path from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The pages: web/<page>/index.html → dist/web/<page>/index.html. Relative addresses, so that a broker may serve them
// under any path. Nothing is inlined as a data: address and no script stands in the page: they run under
// `default-src 'self'`.

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: './',
  publicDir: path.join(root, 'public'),
  plugins: [svelte()],
  build: {
    outDir: path.join(root, '../dist/web'),
    emptyOutDir: true,
    target: ['chrome111', 'firefox128', 'safari16.4'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { desk: path.join(root, 'desk/index.html'), history: path.join(root, 'history/index.html') },
    },
  },
});
