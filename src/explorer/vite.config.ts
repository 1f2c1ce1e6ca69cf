import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Builds the page into dist/explorer; the server reads it from there. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so a proxy can serve the page under any path.
  base: './',
  // Inline nothing: the content security policy allows only what this server sends.
  build: {
    outDir: fileURLToPath(new URL('../../dist/explorer', import.meta.url)),
    emptyOutDir: true,
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  resolve: {
    // With Preact, the page weighs less than half. The sources use React's names and types.
    alias: {
      'react-dom/client': 'preact/compat/client',
      'react-dom': 'preact/compat',
      'react/jsx-runtime': 'preact/jsx-runtime',
      react: 'preact/compat',
    },
  },
  server: { proxy: { '/graphql': 'http://127.0.0.1:4000' } },
  logLevel: 'warn',
});
