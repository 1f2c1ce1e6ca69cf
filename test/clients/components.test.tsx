import './browser.js';
import { ApolloProvider } from '@apollo/client/react';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { act, type ReactNode } from 'react';
import { Provider as UrqlProvider } from 'urql';
import { useProduct } from '../helpers/product.js';
import { dataHandlers } from '../helpers/scripted-data.js';
import { fail, ok, type Reply, stall } from '../helpers/scripted-replies.js';
import {
  MYSQL_INSTANCE,
  mySqlBackupRow,
  mySqlInstanceRow,
  REGION,
} from '../helpers/upstream-rows.js';
import { until } from '../helpers/until.js';
import { render, type RenderedPage } from './page.js';
import { createApolloClient } from './recipes/apollo-client.js';
import { ApolloBackupLink, ApolloBackupList } from './recipes/react/apollo.js';
import { UrqlBackupLink, UrqlBackupList } from './recipes/react/urql.js';
import { createUrqlClient } from './recipes/urql.js';

const START = Date.parse('2026-11-25T10:00:00Z');
const LIFE_S = 300;
const BACKUP = { id: `${REGION}/${MYSQL_INSTANCE}/my-0` };
const INSTANCE = { regionId: REGION, instanceId: MYSQL_INSTANCE, first: 2 };

const rows = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) =>
    mySqlBackupRow({ backupId: `my-${first + i}`, backupName: `night-${first + i}` }),
  );
const stored = (backups = rows(5)) => ({ instances: [mySqlInstanceRow()], backups });

let page: RenderedPage;

const { product, upstream } = await useProduct({ ...stored(), env: { UPSTREAM_MAX_RETRIES: '0' } });
const endpoint = `${product.origin}/graphql`;

beforeEach(() => {
  // Only the clock of the countdown; timers of the service and of fetch run normally.
  jest.useFakeTimers({ now: START, doNotFake: [...REAL] });
  upstream.reset();
  upstream.handle('describeBackups', dataHandlers(stored()).describeBackups);
  upstream.handle('describeBackupDownloadURL', () => {
    const issued = upstream.calls('describeBackupDownloadURL').length;
    const expires = Math.floor(Date.now() / 1000) + LIFE_S;
    return ok({ publicURL: `https://oss.example/k?Expires=${expires}&Signature=${issued}` });
  });
});

afterEach(async () => {
  await page.close();
  jest.useRealTimers();
});

const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'setImmediate',
  'clearImmediate',
  'setTimeout',
  'clearTimeout',
] as const;

const pass = (seconds: number): Promise<void> =>
  act(() => {
    jest.advanceTimersByTime(seconds * 1000);
    return Promise.resolve();
  });
const linkCalls = (): number => upstream.calls('describeBackupDownloadURL').length;
const link = (signature: number, after = 0): string =>
  `https://oss.example/k?Expires=${START / 1000 + after + LIFE_S}&Signature=${signature}`;

const clients: readonly (readonly [
  name: string,
  components: { readonly Link: typeof ApolloBackupLink; readonly List: typeof ApolloBackupList },
  provide: (children: ReactNode, url?: string) => ReactNode,
])[] = [
  [
    'Apollo Client',
    { Link: ApolloBackupLink, List: ApolloBackupList },
    (children, url = endpoint) => (
      <ApolloProvider client={createApolloClient(url, {})}>{children}</ApolloProvider>
    ),
  ],
  [
    'urql',
    { Link: UrqlBackupLink, List: UrqlBackupList },
    (children, url = endpoint) => (
      <UrqlProvider value={createUrqlClient(url, {})}>{children}</UrqlProvider>
    ),
  ],
];

describe.each(clients)('the link component with %s', (_, { Link }, provide) => {
  beforeEach(async () => {
    page = await render(provide(<Link {...BACKUP} />));
  });

  it('requests on click, counts down, and renews on click before the link expires', async () => {
    expect([page.text(), linkCalls()]).toEqual(['Get a link', 0]);
    await page.click('Get a link');
    await page.see(/Download the whole backup set/);
    expect([page.links(), linkCalls()]).toEqual([[link(1)], 1]);
    expect(page.text()).toMatch(/0:05:00$/);
    await pass(1);
    expect(page.text()).toMatch(/0:04:59$/);
    await pass(LIFE_S - 32);
    expect([page.text(), page.links()]).toEqual([expect.stringMatching(/0:00:31$/), [link(1)]]);
    await pass(1);
    expect([page.text(), page.links(), linkCalls()]).toEqual(['Get a new link', [], 1]);
    await page.click('Get a new link');
    await page.see(/Download/);
    expect([page.links(), linkCalls()]).toEqual([[link(2, LIFE_S - 30)], 2]);
  });

  it('uses a link with an unknown expiry for one click only', async () => {
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: 'https://oss.example/k' }));
    await page.click('Get a link');
    await page.see(/Download the whole backup set$/);
    act(() => {
      document.querySelector('a')!.click();
    });
    expect([page.text(), page.links()]).toEqual(['Get a link', []]);
  });

  it.each<[string, Reply, string]>([
    ['is not there yet', ok({ publicURL: '', internalURL: '' }), 'There is no public link yet.'],
    ['is refused', fail(503, 'UNAVAILABLE'), 'The cloud cannot be reached.'],
  ])('%s: says so and offers another request', async (_what, reply, sentence) => {
    upstream.handle('describeBackupDownloadURL', reply);
    await page.click('Get a link');
    await page.see(new RegExp(sentence));
    upstream.handle('describeBackupDownloadURL', ok({ publicURL: 'https://oss.example/k' }));
    await page.click('Get a link');
    await page.see(/Download/);
    expect(page.text()).not.toMatch(sentence);
  });
});

it.each(clients)(
  '%s: an unreachable service is reported in place of the link',
  async (_, { Link }, provide) => {
    page = await render(provide(<Link {...BACKUP} />, 'http://127.0.0.1:9/graphql'));
    await page.click('Get a link');
    await page.see(/The service cannot be reached\./);
  },
);

it.each(clients)(
  '%s: further clicks send no request while one is pending',
  async (_, { Link }, provide) => {
    upstream.handle('describeBackupDownloadURL', stall());
    page = await render(provide(<Link {...BACKUP} />));
    await page.click('Get a link');
    expect(document.querySelector('button')!.disabled).toBe(true);
    await until(() => linkCalls() === 1);
  },
);

describe.each(clients)('the list component with %s', (_, { List }, provide) => {
  const names = (): string[] => page.text().match(/night-\d+/g) ?? [];

  it('loads page by page and restarts on refresh', async () => {
    page = await render(provide(<List {...INSTANCE} />));
    await page.see(/night-1.*More/);
    expect(names()).toEqual(['night-0', 'night-1']);
    await page.click('More');
    await page.see(/night-3.*More/);
    await page.click('More');
    await page.see(/night-4/);
    expect(names()).toEqual(['night-0', 'night-1', 'night-2', 'night-3', 'night-4']);
    expect(page.text()).not.toMatch(/More/);

    const newer = dataHandlers(stored([...rows(3, 7), ...rows(5)]));
    upstream.handle('describeBackups', newer.describeBackups);
    await page.click('Refresh');
    await page.see(/night-7.*night-8.*More/);
    expect(names()).toEqual(['night-7', 'night-8']);
    await page.click('More');
    await page.see(/night-9.*night-0/);
    expect(names()).toEqual(['night-7', 'night-8', 'night-9', 'night-0']);
    expect(linkCalls()).toBe(0);
  });

  it('says why it cannot be loaded and offers a retry', async () => {
    upstream.handle('describeBackups', fail(503, 'UNAVAILABLE'));
    page = await render(provide(<List {...INSTANCE} />));
    await page.see(/The cloud cannot be reached\./);
    upstream.handle('describeBackups', dataHandlers(stored()).describeBackups);
    await page.click('Refresh');
    await page.see(/night-1/);
    expect(page.text()).not.toMatch(/cannot be reached/);
  });

  it('keeps the pages it has if the next one cannot be loaded', async () => {
    page = await render(provide(<List {...INSTANCE} />));
    await page.see(/night-1.*More/);
    upstream.handle('describeBackups', fail(503, 'UNAVAILABLE'));
    await page.click('More');
    await page.see(/The cloud cannot be reached\./);
    expect(names()).toEqual(['night-0', 'night-1']);
    upstream.handle('describeBackups', dataHandlers(stored()).describeBackups);
    await page.click('Refresh');
    await page.see(/night-1((?!cannot be reached).)*$/);
    await page.click('More');
    await page.see(/night-1.*night-2/);
  });

  it('shows the link of a backup beside it', async () => {
    page = await render(provide(<List {...INSTANCE} first={1} />));
    await page.see(/night-0/);
    await page.click('Get a link');
    await page.see(/Download the whole backup set/);
    expect(page.links()).toEqual([link(1)]);
  });
});
