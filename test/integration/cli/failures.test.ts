import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type CliOptions, linesOf, runCli } from '../../helpers/cli.js';
import { listening } from '../../helpers/closing.js';
import { freePort } from '../../helpers/free-port.js';
import { startTunnelProxy } from '../../helpers/tunnel-proxy.js';

const ID = 'cn-north-1/mysql-wp4e9ztap2/b-1';

/** A service that answers as the test says; returns its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => listener(request, response));
  });
  return (await listening(server)).origin;
}

type Answer = readonly [status: number, body: string, headers?: Record<string, string>];

/** A service that gives each of these answers in turn, the last one from then on. */
async function answering(...answers: readonly Answer[]) {
  let count = 0;
  const url = await serve((_request, response) => {
    const [status, body, headers] = answers[Math.min(count, answers.length - 1)]!;
    count += 1;
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
  });
  return { url, count: () => count };
}

/** A run against such a service, and how often it was asked. */
async function run(args: readonly string[], answers: readonly Answer[], options?: CliOptions) {
  const { url, count } = await answering(...answers);
  return { ...(await runCli([...args, '--url', url], options)), count: count() };
}

const link = (...answers: readonly Answer[]) => run(['link', ID], answers);

const failing = (code: string, message = 'why', more: object = {}): string =>
  JSON.stringify({ data: { backup: null }, errors: [{ message, extensions: { code, ...more } }] });
const backup = (status: string, downloadURL: object | null = null): string =>
  JSON.stringify({
    data: {
      backup: {
        id: ID,
        regionId: 'cn-north-1',
        instanceId: 'mysql-wp4e9ztap2',
        backupId: 'b-1',
        name: null,
        engine: 'MYSQL',
        status,
        mode: null,
        type: null,
        unit: null,
        startedAt: null,
        endedAt: null,
        sizeBytes: null,
        files: [],
        downloadURL,
      },
    },
  });
const linkOf = (publicURL: string | null, internalURL: string | null = null): object => ({
  publicURL,
  internalURL,
  available: publicURL !== null || internalURL !== null,
  expiresAt: null,
  sizeBytes: null,
  sha256: null,
});
const HAS_LINK: Answer = [200, backup('COMPLETED', linkOf('https://oss.example/a'))];

describe('a service that cannot be asked', () => {
  it.each([
    ['link', ID],
    ['instances', '--region', 'cn-east-2'],
    ['instances', '--region', 'cn-east-2', '--json'],
  ])('and does not run is all that %s says, with what to do', async (...args) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await runCli(args, { env: { BACKUPS_URL: url } });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toBe(
      `backups: Nothing listens at ${url}: start the service, or give its address with --url or BACKUPS_URL.\n`,
    );
  });

  it('for a while is retried, and no page in between is shown', async () => {
    const { code, stdout, stderr, count } = await link(
      [502, '<html>\u001b[2J secret page</html>'],
      [503, failing('SERVICE_UNAVAILABLE'), { 'retry-after': '1' }],
      [200, backup('COMPLETED', linkOf('https://oss.example/a?b=c'))],
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'https://oss.example/a?b=c\n' });
    expect(linesOf(stderr)).toHaveLength(2);
    expect(stderr).not.toMatch(/html|secret|\u001b/);
    expect(count).toBe(4);
  });

  it('is given up after a few tries', async () => {
    const { code, stderr, count } = await link([502, 'x']);
    expect({ code, count }).toEqual({ code: 5, count: 4 });
    expect(linesOf(stderr).at(-1)).toMatch(/^backups: .* answered HTTP 502: .*retry later/);
  });

  it('is not asked before it wants to be, and not waited for longer than half a minute', async () => {
    const pauses: number[] = [];
    const sleep = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
    const throttled = (retryAfter: number): Answer => [
      200,
      failing('UPSTREAM_THROTTLED', 'x', { retryAfter }),
    ];
    expect(await run(['link', ID], [throttled(7), HAS_LINK], { sleep })).toMatchObject({ code: 0 });
    expect(pauses).toEqual([expect.any(Number)]);
    expect(pauses[0]).toBeGreaterThanOrEqual(7000);
    expect(await run(['link', ID], [throttled(600)], { sleep })).toMatchObject({
      code: 5,
      count: 1,
    });
  });

  it.each([
    ['nothing', ''],
    ['a greeting', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['an error', '-ERR unknown command\r\n'],
  ])('because another protocol answers with %s is not asked again', async (_name, text) => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).once('data', () => socket.end(text));
    });
    const { origin } = await listening(server);
    const { code, stderr } = await runCli(['link', ID, '--url', origin]);
    expect({ code, connections }).toEqual({ code: 5, connections: 1 });
    expect(stderr).toMatch(
      /^backups: http:\S+ does not speak HTTP: check --url or BACKUPS_URL;.*\n$/,
    );
  });

  it.each([
    [404, 'not found', 5, /it is not this service; check --url/],
    [404, failing('BAD_REQUEST', 'Not found'), 5, /it is not this service; check --url/],
    [405, failing('BAD_REQUEST', 'Use GET'), 5, /it is not this service; check --url/],
    [302, '', 5, /redirects/],
    [401, '<html>', 3, /refused the request \(HTTP 401\)/],
    [407, '', 3, /proxy requires a password/],
    [200, '<html>hello', 5, /it is not this service/],
    [200, '{"data":{"backup":{"id":7}}}', 5, /it is not this service/],
    [200, 'null', 5, /it is not this service/],
  ])('because something else answers %d %j ends with %d', async (status, body, code, message) => {
    const { stderr, ...result } = await link([status, body, { location: 'https://a.example/' }]);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('html');
  });
});

it.each([
  ['FORBIDDEN', 3],
  ['UNAUTHENTICATED', 3],
  ['BACKUP_NOT_FOUND', 4],
  ['ENGINE_UNSUPPORTED', 4],
  ['FILE_NAME_NOT_SUPPORTED', 2],
  ['EXPIRES_IN_NOT_SUPPORTED', 2],
  ['UPSTREAM_AUTH', 5],
  ['INTERNAL_SERVER_ERROR', 5],
  ['A_CODE_OF_TOMORROW', 5],
])('%s ends with %d, in one line that steers no terminal', async (error, code) => {
  const message = 'no\u001b]8;;http://evil.example\u0007\r\nDONE \u009b2J \u202e';
  const { stderr, ...result } = await link([200, failing(error, message)]);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(linesOf(stderr)).toHaveLength(1);
  expect(stderr.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});

it.each([
  'https://oss.example/a\u001b[2J',
  'https://oss.example/a\nhttps://evil.example/',
  'https://oss.example/\u202egnp.bak',
  'https://oss.example/a b',
  'javascript:alert(1)',
  'not a link',
])('the link %j is not printed', async (text) => {
  const { stderr, ...result } = await link([200, backup('COMPLETED', linkOf(text))]);
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(stderr).toMatch(/not a web address/);
  expect(stderr).not.toContain('oss.example');
});

it.each([
  ['BUILDING', linkOf(null), [], /still in progress: run `backups wait/],
  ['COMPLETED', linkOf(null), [], /cold storage: restore/],
  ['COMPLETED', linkOf(null, 'http://oss-internal.example/a'), [], /use --internal/],
  ['COMPLETED', linkOf('https://oss.example/a'), ['--internal'], /leave out --internal/],
])('a backup that is %s without a link ends with 4, and says why', async (...given) => {
  const [status, found, args, message] = given;
  const result = await run(['link', ID, ...args], [[200, backup(status, found)]]);
  expect(result).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(message) });
  expect(result.count).toBeLessThanOrEqual(2);
});

it('waits until a completed backup has a link, at most for the given time', async () => {
  const without: Answer = [200, backup('COMPLETED', linkOf(null))];
  const done = await run(
    ['wait', ID],
    [[200, backup('BUILDING')], [502, 'x'], without, without, without, HAS_LINK],
  );
  expect(done).toMatchObject({ code: 0, stdout: `${ID}\n` });
  expect(done.stderr.match(/cold storage/g)).toHaveLength(1);
  expect(done.stderr).not.toContain('oss.example');

  let time = Date.now();
  const clock = {
    now: () => new Date(time),
    sleep: (ms: number) => Promise.resolve(void (time += ms)),
  };
  const args = ['wait', ID, '--timeout', '1h', '--interval', '10m'];
  expect(await run(args, [[200, backup('BUILDING')]], clock)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('after 1 h: run the command again'),
    count: 7,
  });
});

describe('a proxy', () => {
  const far = (env: Record<string, string>, url = 'https://backups.invalid') =>
    runCli(['link', ID, '--url', url], { env });

  it('is used for other hosts than this one, with a percent sign in its password or not', async () => {
    const proxy = await startTunnelProxy();
    const env = {
      https_proxy: `http://user:secret%off@${proxy.host}`,
      HTTP_PROXY: `http://${proxy.host}`,
    };
    await run(['link', ID], [[200, backup('BUILDING')]], { env });
    expect(proxy.tunnels).toEqual([]);
    const { code, stderr } = await far(env);
    expect(code).toBe(5);
    expect(stderr).not.toContain('secret');
    expect(proxy.tunnels[0]?.target).toBe('backups.invalid:443');
  });

  it.each(['127.0.0.1:1', 'proxy.invalid:3128'])(
    '%s that cannot be reached is named',
    async (at) => {
      const proxy = `http://user:secret@${at}`;
      for (const url of ['https://backups.invalid', 'http://backups.invalid']) {
        const result = await far({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy }, url);
        expect(result).toMatchObject({
          code: 5,
          stderr: expect.stringContaining('proxy cannot be'),
        });
        expect(result.stderr).not.toContain('secret');
      }
    },
  );

  it('of another kind that ALL_PROXY names for other programs is not used', async () => {
    const env = { ALL_PROXY: 'socks5://user:secret@proxy.invalid:1080' };
    expect(await run(['link', ID], [HAS_LINK], { env })).toMatchObject({ code: 0, stderr: '' });
    const { code, stderr } = await far(env, 'http://backups.invalid');
    expect(code).toBe(5);
    expect(stderr).toContain('ALL_PROXY is not an http or https proxy');
    expect(stderr).not.toContain('secret');
  });

  it('is not asked for addresses in a range of NO_PROXY', async () => {
    const proxy = await startTunnelProxy();
    const env = { HTTP_PROXY: `http://${proxy.host}`, NO_PROXY: 'a.example, 0.0.0.0/8' };
    // Another address of this machine, where nothing listens.
    const url = `http://0.0.0.0:${await freePort()}`;
    expect(await runCli(['link', ID, '--url', url], { env })).toMatchObject({ code: 5 });
    expect(proxy.tunnels).toEqual([]);
  });

  it('that cannot be used is a fault of the setting, and not shown', async () => {
    const result = await far({ HTTPS_PROXY: 'socks5://user:secret@proxy.example' });
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('HTTPS_PROXY') });
    expect(result.stderr).not.toContain('secret');
  });
});

it('a person who stops it gets the code for that', async () => {
  const stop = new AbortController();
  const url = await serve(() => {
    stop.abort(new Error('Stopped by SIGINT.'));
  });
  expect(await runCli(['link', ID, '--url', url], { signal: stop.signal })).toEqual({
    code: 130,
    stdout: '',
    stderr: 'Interrupted.\n',
  });
});

it('a person who stops it does not wait for a connection that is being made', async () => {
  // It says nothing, so that TLS has to wait.
  const silent = createSocketServer((socket) => socket.resume().on('error', () => undefined));
  const connected = once(silent, 'connection');
  const { port } = await listening(silent);
  const stop = new AbortController();
  const args = ['link', ID, '--url', `https://127.0.0.1:${port}`];
  const run = runCli(args, { signal: stop.signal });
  await connected;
  let code: number | undefined;
  void run.then((ended) => ({ code } = ended));
  stop.abort(new Error('Stopped by SIGINT.'));
  // It takes some turns of the event loop, and nothing that a peer has to do.
  for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  expect(code).toBe(130);
});

describe('a command line', () => {
  it.each([
    [['frobnicate'], 2, /Unknown command; give one of instances, list, files, link, get, wait/],
    [['constructor'], 2, /Unknown command/],
    [['link', ID, '--nope'], 2, /--nope is not an option/],
  ])('rejects %j', async (args, code, message) => {
    expect(await runCli(args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
  });

  it.each(['instances', 'list', 'files', 'link', 'get', 'wait'])(
    'of %s has help with examples',
    async (name) => {
      for (const args of [
        [name, '--help'],
        ['help', name],
        [name, 'x', '-h', '--nope'],
      ]) {
        const { code, stdout, stderr } = await runCli(args);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expect(stdout).toMatch(new RegExp(`^Usage: backups ${name}[\\s\\S]*Examples:\\n`));
        expect(Math.max(...linesOf(stdout).map((line) => line.length))).toBeLessThanOrEqual(100);
      }
    },
  );

  it('has a version and help, without a service', async () => {
    expect(await runCli(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    for (const args of [['--help'], []]) {
      expect(await runCli(args)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Usage: backups/),
      });
    }
  });
});
