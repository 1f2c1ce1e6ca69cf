/**
 * Finds circular imports, including those of types: a file can be read after those it builds on.
 */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Move what both files need into one of them, or into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
