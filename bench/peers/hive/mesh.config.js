import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';
import { defineConfig } from '@graphql-mesh/compose-cli';

const text = { type: 'string' };
const list = (items) => ({ type: 'array', items });
const answerOf = (name, properties) => ({
  type: 'object',
  title: `${name}Answer`,
  properties: { requestId: text, result: { type: 'object', title: `${name}Result`, properties } },
});

const backup = {
  type: 'object',
  title: 'Backup',
  properties: {
    backupId: text,
    regionId: text,
    instanceId: text,
    backupName: text,
    engine: text,
    backupStatus: text,
    backupStartTime: text,
    backupSizeByte: { type: 'number' },
    backupFiles: list(text),
  },
};

/** The REST API as a schema: its list of backups, and its call for a link as a field of each. */
export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadJSONSchemaSubgraph('Rest', {
        endpoint: process.env.UPSTREAM,
        operations: [
          {
            type: 'Query',
            field: 'describeBackups',
            path: '/v1/regions/{args.regionId}/backups?instanceId={args.instanceId}&pageNumber={args.pageNumber}&pageSize={args.pageSize}',
            method: 'GET',
            responseSchema: answerOf('DescribeBackups', {
              backup: list(backup),
              totalCount: { type: 'integer' },
            }),
          },
          {
            type: 'Query',
            field: 'describeBackupDownloadURL',
            path: '/v1/regions/{args.regionId}/backups/{args.backupId}/downloadURLs?fileName={args.fileName}',
            method: 'GET',
            responseSchema: answerOf('DescribeBackupDownloadURL', {
              publicURL: text,
              internalURL: text,
            }),
          },
        ],
      }),
    },
  ],
  additionalTypeDefs: /* GraphQL */ `
    extend type Backup {
      downloadURLs(fileName: String): DescribeBackupDownloadURLAnswer
        @resolveTo(
          sourceName: "Rest"
          sourceTypeName: "Query"
          sourceFieldName: "describeBackupDownloadURL"
          requiredSelectionSet: "{ backupId }"
          sourceArgs: {
            regionId: "cn-north-1"
            backupId: "{root.backupId}"
            fileName: "{args.fileName}"
          }
        )
    }
  `,
});
