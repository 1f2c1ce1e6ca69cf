import jest from '../../jest.config.js';

const [[, [swc, options]]] = Object.entries(jest.transform);
const { jsc } = options;

/** Like the main tests, limited to this folder, with JSX. */
export default {
  ...jest,
  rootDir: '../..',
  roots: ['<rootDir>/test/clients'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    'recipes/relay/.+\\.tsx$': '<rootDir>/test/clients/relay-transform.js',
    ...jest.transform,
    '^.+\\.tsx$': [
      swc,
      {
        ...options,
        jsc: {
          ...jsc,
          parser: { ...jsc.parser, tsx: true },
          transform: { ...jsc.transform, react: { runtime: 'automatic' } },
        },
      },
    ],
  },
};
