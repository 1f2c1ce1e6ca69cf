import jest from '../../jest.config.js';

/** As the product's own tests, in this folder alone; a browser takes its time. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/explorer'],
  testMatch: ['**/*.browser.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 30_000,
};
