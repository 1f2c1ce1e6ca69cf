import jest from '../../jest.config.js';

/** Like the main tests, limited to this folder, with time for npm. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/packed'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
