import './browser.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Suspense } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';
import type { Environment } from 'relay-runtime';
import { BackupLinkDocument } from '../generated/operations.js';
import { temporaryFolder } from '../helpers/closing.js';
import { useProduct } from '../helpers/product.js';
import { dataHandlers } from '../helpers/scripted-data.js';
import { fail, ok } from '../helpers/scripted-replies.js';
import {
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
} from '../helpers/upstream-rows.js';
import { render, type RenderedPage } from './page.js';
import { ask } from './recipes/plain-fetch.js';
import { BackupLink } from './recipes/react/backup-link.js';
import { RelayBackupList } from './recipes/relay/backup-list.js';
import { createRelayEnvironment } from './recipes/relay/environment.js';

const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const INSTANCE = { regionId: REGION, instanceId: MYSQL_INSTANCE, first: 2 };
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    mySqlBackupRow({ backupId: `my-${from + i}`, backupName: `night-${from + i}` }),
  );
const stored = (backups = rows(0, 5)) => ({ instances: [mySqlInstanceRow()], backups });

let environment: Environment;
let page: RenderedPage;

const { product, upstream } = await useProduct({ ...stored(), env: { UPSTREAM_MAX_RETRIES: '0' } });

describe('a list with a refetchable fragment', () => {
  beforeEach(async () => {
    upstream.handle('describeBackups', dataHandlers(stored()).describeBackups);
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: 'https://oss.example/k?s=1' }));
    const endpoint = `${product.origin}/graphql`;
    environment = createRelayEnvironment(endpoint, {});
    page = await render(
      <RelayEnvironmentProvider environment={environment}>
        <Suspense fallback="Loading">
          <RelayBackupList
            variables={INSTANCE}
            action={({ id }) => (
              <BackupLink
                key={id}
                variables={{ id }}
                fetchLink={(of) => ask(endpoint, {}, BackupLinkDocument, of)}
              />
            )}
          />
        </Suspense>
      </RelayEnvironmentProvider>,
    );
    await page.see(/night-1.*More/);
  });
  afterEach(() => page.close());

  const names = (): string[] => page.text().match(/night-\d+/g) ?? [];
  const records = () => environment.getStore().getSource().toJSON();
  const held = (typename: string): (string | undefined)[] =>
    Object.values(records())
      .filter((record) => record['__typename'] === typename)
      .map((record) => record['id'] as string | undefined);
  const idOf = (i: number): string => `${REGION}/${MYSQL_INSTANCE}/my-${i}`;

  it('loads the next pages with the generated query, each backup once in the store', async () => {
    await page.click('More');
    await page.see(/night-3.*More/);
    await page.click('More');
    await page.see(/night-4/);
    expect(names()).toEqual([0, 1, 2, 3, 4].map((i) => `night-${i}`));
    expect(held('Backup').sort()).toEqual([0, 1, 2, 3, 4].map(idOf));
    expect(page.text()).not.toMatch(/More/);
  });

  it('shows no duplicate if a backup is added between two pages', async () => {
    const { describeBackups } = dataHandlers(stored([...rows(9, 10), ...rows(0, 5)]));
    upstream.handle('describeBackups', describeBackups);
    await page.click('More');
    await page.see(/night-2/);
    expect(names()).toEqual([...new Set(names())]);
    expect(held('Backup')).toEqual([...new Set(held('Backup'))]);
  });

  it('restarts on refresh', async () => {
    await page.click('More');
    await page.see(/night-3/);
    const { describeBackups } = dataHandlers(stored([...rows(9, 10), ...rows(0, 5)]));
    upstream.handle('describeBackups', describeBackups);
    await page.click('Refresh');
    await page.see(/night-9/);
    expect(names()).toEqual(['night-9', 'night-0']);
  });

  it('keeps the pages it has if the next one cannot be loaded', async () => {
    upstream.handle('describeBackups', fail(503, 'UNAVAILABLE'));
    await page.click('More');
    await page.see(/cannot be listed|cannot be reached/);
    expect(names()).toEqual(['night-0', 'night-1']);
    upstream.handle('describeBackups', dataHandlers(stored()).describeBackups);
    await page.click('More');
    await page.see(/night-3/);
    expect(names()).toEqual(['night-0', 'night-1', 'night-2', 'night-3']);
  });

  it('keeps no link in the store', async () => {
    await page.click('More');
    await page.see(/night-3/);
    await page.click('Get a link');
    await page.see(/Download/);
    expect(JSON.stringify(records())).not.toMatch(/oss\.example|downloadURL/);
  });
});

describe('the Relay compiler', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  const printSchema = () =>
    run(process.execPath, [
      at('recipes/relay/client-schema.js'),
      at('../../schema.graphql'),
      join(folder, 'schema.graphql'),
    ]);

  it('gets the schema without federation and otherwise complete', async () => {
    await printSchema();
    const schema = await readFile(join(folder, 'schema.graphql'), 'utf8');
    expect(schema).not.toMatch(/@key|@link|@cost|@shareable|_entities/);
    expect(schema).toMatch(/^type Backup \{/m);
    expect(schema).toBe(await readFile(at('generated/client-schema.graphql'), 'utf8'));
  });
});
