import jest from '../../jest.config.js';

/** Like the main tests, limited to this folder. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/federation'],
  testPathIgnorePatterns: ['/node_modules/'],
};
