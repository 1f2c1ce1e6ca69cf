import jest from '../../jest.config.js';

/** As the product's own tests, in this folder alone; npm takes its time. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/packed'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
