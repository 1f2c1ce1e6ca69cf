import { readFileSync } from 'node:fs';

const { jest } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** As the product's own tests, in this folder alone; a browser takes its time. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/explorer'],
  testMatch: ['**/*.browser.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 30_000,
};
