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
          schema: ['schema.graphql', 'test/contract/federation-directives.graphql'],
        },
      },
    },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      '@graphql-eslint/require-deprecation-date': 'error',
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          ignoredSelectors: ['ObjectTypeDefinition[name.value=Query]'],
        },
      ],
      // Only entities have an id. What has none is kept with its parent by caches, never merged.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            types: ['BackupFile', 'PageInfo'],
            suffixes: ['Connection', 'Edge', 'BackupDownloadURL'],
          },
        },
      ],
      // `backupId` is the part of the key that the id of the backup is made of.
      '@graphql-eslint/no-typename-prefix': 'off',
      // Lists are read forward only.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      // There is no global `node` field; connections have `nodes` beside `edges`.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
    },
  },
];
