import { availableParallelism } from 'node:os';

/** Unit, integration and contract tests; other suites under test/ have their own configuration. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/helpers/build-product.js',
  testTimeout: 120000,
  // Half of the time, tests wait: for pauses, time limits and other processes.
  maxWorkers: 2 * availableParallelism(),
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/explorer/',
    '<rootDir>/test/clients/',
    '<rootDir>/test/federation/',
    '<rootDir>/test/packed/',
  ],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: {
            syntax: 'typescript',
            decorators: true,
          },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: false,
            useDefineForClassFields: true,
          },
          target: 'es2022',
          experimental: {
            keepImportAttributes: true,
          },
        },
        module: {
          type: 'es6',
        },
      },
    ],
  },
};
