import { availableParallelism } from 'node:os';
import jest from '../../jest.config.js';

/** Like the main tests, limited to this folder, with time for a browser. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/explorer'],
  testMatch: ['**/*.browser.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 30_000,
  // Each has a browser of its own.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
};
