import { readFileSync } from 'node:fs';

const { jest } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** As the product's own tests, in this folder alone; npm takes its time. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/packed'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
