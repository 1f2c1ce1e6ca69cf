import { transformSync } from '@babel/core';

const ARTIFACTS = `${import.meta.dirname}/generated/relay`;

/** Compiles Relay recipes as users do: with Babel and Relay's plugin. */
export default {
  process(source, filename) {
    const { code } = transformSync(source, {
      filename,
      babelrc: false,
      configFile: false,
      sourceMaps: 'inline',
      presets: ['@babel/preset-typescript', ['@babel/preset-react', { runtime: 'automatic' }]],
      plugins: [['relay', { eagerEsModules: true, artifactDirectory: ARTIFACTS }]],
      cwd: import.meta.dirname,
    });
    return { code };
  },
};
