import jest from '../../jest.config.js';

/** As the product's own tests, in this folder alone. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/federation'],
  testPathIgnorePatterns: ['/node_modules/'],
};
