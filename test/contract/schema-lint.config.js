import graphql from '@graphql-eslint/eslint-plugin';

const { 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphql.configs;

/** The rules of `schema.graphql` (npm run lint:schema). */
export default [
  {
    files: ['**/*.graphql'],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: {
        graphQLConfig: {
          schema: 'schema.graphql',
        },
      },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      // It counts no directive of the schema itself as used.
      '@graphql-eslint/no-unreachable-types': 'off',
      '@graphql-eslint/require-deprecation-date': 'error',
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          ignoredSelectors: [
            'ObjectTypeDefinition[name.value=Query]',
            'DirectiveDefinition > InputValueDefinition',
          ],
        },
      ],
      // Only entities have an ID. Caches store other objects within their parents and never merge
      // them.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            types: ['BackupFile', 'PageInfo'],
            suffixes: ['Connection', 'Edge', 'BackupDownloadURL'],
          },
        },
      ],
      // `backupId` is part of the key and of the ID.
      '@graphql-eslint/no-typename-prefix': 'off',
      // Lists are read forward only.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      // There is no global `node` field; connections have `nodes` as well as `edges`.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
