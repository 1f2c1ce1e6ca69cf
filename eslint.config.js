import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What each layer of src may import beside itself; docs/architecture.md explains the layers. */
const layers = {
  domain: [],
  config: ['domain'],
  telemetry: ['config', 'domain'],
  audit: ['config', 'domain', 'telemetry'],
  upstream: ['config', 'domain', 'telemetry'],
  links: ['config', 'domain', 'telemetry', 'upstream'],
  auth: ['config', 'domain', 'telemetry'],
  graphql: ['audit', 'config', 'domain', 'links', 'telemetry', 'upstream'],
  // The loaders of their context are all they have: those are restricted to the caller.
  'graphql/resolvers': [
    'audit',
    'domain',
    'graphql/context.ts',
    'graphql/link-records.ts',
    'graphql/pagination.ts',
    'graphql/types',
    'upstream/failure.ts',
  ],
  'http/server': ['config', 'domain', 'telemetry'],
  http: ['auth', 'config', 'domain', 'graphql', 'telemetry'],
  embedded: ['audit', 'config', 'domain', 'http/server', 'telemetry', 'upstream/sign.ts'],
  cli: ['config', 'domain', 'embedded', 'graphql', 'http/server', 'telemetry', 'upstream'],
  explorer: ['domain'],
};

const layerZones = Object.entries(layers).map(([layer, allowed]) => ({
  target: `./src/${layer}`,
  from: './src',
  except: [layer, ...allowed].map((name) => `./${name}`),
  message: `src/${layer} may import only ${[layer, ...allowed].join(', ')}.`,
}));

/** Only the table of engines names engines; other code looks them up there. */
const ENGINE_NAME =
  '/^(SQL_SERVER|MYSQL|MARIADB|PERCONA|POSTGRESQL|SQL Server|MySQL|MariaDB|Percona|PostgreSQL)$/';
const engineLiterals = [`Literal[value=${ENGINE_NAME}]`, `Property[key.name=${ENGINE_NAME}]`].map(
  (selector) => ({ selector, message: 'Use the table in src/domain/engines.ts.' }),
);

/** What Node, a package or the kernel may change without notice. */
const INNER_FILE = String.raw`/(^|[/])node_modules[/]|^(@[^/]+[/])?[^./@][^/]*[/].+[.][cm]?js$/`;
const PRIVATE_FIELD = '/^_[^_]/';
const KERNEL_TABLE = '/^[/](proc|sys)[/](?!self[/]fd[/])/';
const privateParts = [
  `:matches(ImportDeclaration, ImportExpression, ExportNamedDeclaration, ExportAllDeclaration)[source.value=${INNER_FILE}]`,
  `MemberExpression:matches([property.name=${PRIVATE_FIELD}], [property.value=${PRIVATE_FIELD}])`,
  `:matches(Literal[value=${KERNEL_TABLE}], TemplateElement[value.raw=${KERNEL_TABLE}])`,
].map((selector) => ({ selector, message: 'Use a public interface of Node or the package.' }));

export default tseslint.config(
  {
    ignores: [
      'build',
      'dist',
      'bench/dist',
      'data',
      'test/generated',
      'test/clients/generated',
      'src/explorer/generated',
      // Has its own strict check of types; its packages are not installed here.
      'examples',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
      },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [createTypeScriptImportResolver()],
    },
    rules: {
      'import-x/no-default-export': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only config/env.ts reads the environment.',
        },
      ],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // The classes of src/graphql describe types; their values are plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    // Of the sources alone: it resolves each import of a file.
    files: ['src/**/*.{ts,tsx}'],
    rules: { 'import-x/no-restricted-paths': ['error', { zones: layerZones }] },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: { 'no-restricted-syntax': ['error', ...privateParts, ...engineLiterals] },
  },
  {
    files: ['src/domain/engines.ts', 'src/embedded/sample/**'],
    rules: { 'no-restricted-syntax': ['error', ...privateParts] },
  },
  { files: ['src/config/env.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Benchmarks and the build have their own settings and print results.
    files: ['bench/**', 'scripts/**'],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Responses to inline queries are untyped.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // Their packages may not be installed: types of those are then unknown.
    files: ['test/{clients,explorer,federation}/**'],
    rules: { '@typescript-eslint/no-redundant-type-constituents': 'off' },
  },
  {
    files: ['**/*.js', 'src/explorer/vite.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'import-x/no-default-export': 'off' },
  },
);
