import { ApolloClient, InMemoryCache } from '@apollo/client';
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { startProductAt } from '../helpers/product.js';
import { ok } from '../helpers/scripted-replies.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';
import {
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
} from '../helpers/upstream-rows.js';
import { ask, createApolloClient } from './recipes/apollo-client.js';
import { createPersistedLink, idOf, type Manifest } from './recipes/persisted.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BACKUP = { id: `${REGION}/${MYSQL_INSTANCE}/my-1` };
const PUBLIC_URL = 'https://oss.example/k?Signature=s';

const folder = temporaryFolder();
const output = join(folder, 'manifest.json');
const config = join(folder, 'config.json');
const recipe = await readFile(at('recipes/persisted-query-manifest.config.json'), 'utf8');
await writeFile(config, JSON.stringify({ ...(JSON.parse(recipe) as object), output }));
const tool = at('node_modules/.bin/generate-persisted-query-manifest');
await promisify(execFile)(tool, ['--config', config], { cwd: at('../..') });
const manifest = JSON.parse(await readFile(output, 'utf8')) as Manifest;

const upstream = await startScriptedUpstream({
  instances: [mySqlInstanceRow()],
  backups: [mySqlBackupRow({ backupId: 'my-1' })],
});
upstream.handle('describeBackupDownloadURL', ok({ publicURL: PUBLIC_URL }));
const product = await startProductAt(upstream.origin, { PERSISTED_OPERATIONS: output });
const endpoint = `${product.origin}/graphql`;

describe('a service limited to the operations of a manifest', () => {
  it('responds to Apollo Client, which sends ids', async () => {
    const link = createPersistedLink(endpoint, {}, manifest);
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const { data, failures } = await ask(client, BackupLinkDocument, BACKUP);
    expect(failures).toEqual([]);
    expect(data?.backup?.downloadURL?.publicURL).toBe(PUBLIC_URL);
  });

  it('responds to any client that sends documentId', async () => {
    const { data } = await product.post({
      documentId: idOf(manifest, 'BackupLink'),
      variables: BACKUP,
    });
    expect(data.backup.downloadURL.publicURL).toBe(PUBLIC_URL);
  });

  it('rejects other documents without an upstream call', async () => {
    upstream.reset();
    const client = createApolloClient(endpoint, {});
    const { failures } = await ask(client, BackupLinkDocument, BACKUP);
    expect(failures).toMatchObject([{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }]);
    expect(upstream.calls()).toHaveLength(0);
  });
});

it('names an operation that is not in the manifest', () => {
  expect(() => idOf(manifest, 'Newer')).toThrow('Newer is not in the manifest');
});
