import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/config/secret.js';
import { connectRedis, type RedisConnection } from '../../../src/links/connect-redis.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import {
  healthy,
  refusing,
  type ScriptedRedis,
  startScriptedRedis,
} from '../../helpers/scripted-redis.js';
import { until } from '../../helpers/until.js';

const COMMANDS = ['set', 'mget', 'eval', 'evalsha'];

let server: ScriptedRedis;
let connection: RedisConnection;
let run: ReturnType<RedisConnection['script']>;
let log: { readonly level: number; readonly msg: string }[];
let lines: string[];
let now: number;

beforeEach(async () => {
  server = await startScriptedRedis();
  log = [];
  lines = [];
  now = 1_000_000;
  connect();
  await until(() => log.length === 1);
  expect(log).toMatchObject([{ msg: 'Redis connected' }]);
});

afterEach(async () => {
  await connection.close();
});

/** Connects as the product does when it starts. */
function connect(path = ''): void {
  const logger = createLogger('info', {
    write: (line) => {
      lines.push(line);
      log.push(JSON.parse(line));
    },
  });
  const url = new Secret(server.url.replace('//', '//someone:sesame@') + path);
  connection = connectRedis(url, logger, { now: () => now, timeoutMs: 4000 });
  run = connection.script('return {0, 0}');
}

/** Runs each command of the product once; a rejected one gives undefined. */
async function useAll(): Promise<unknown[]> {
  const work = [
    connection.set('name', Buffer.from('a value'), 'PX', 1000),
    run(['key'], [1]),
    connection.mgetBuffer(['name']),
  ];
  return Promise.all(work.map((command) => command.catch(() => undefined)));
}

const warnings = () => log.filter(({ level }) => level === 40).map(({ msg }) => msg);
const isBack = () => log.some(({ msg }) => msg.startsWith('Redis connected again'));

/** Uses Redis, advancing the clock by a second each time, until recovery is logged. */
async function useUntilBack(): Promise<void> {
  await until(async () => {
    now += 1000;
    await useAll();
    return isBack();
  });
}

describe('a Redis that rejects commands', () => {
  it.each([
    ['MOVED', 'MOVED 1 10.0.0.9:6379'],
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'."],
    ['NOPERM', "NOPERM User someone has no permissions to run the 'set' command"],
    ['READONLY', "READONLY You can't write against a read only replica."],
    ['READONLY', 'ERR Error running script (call to f_1): @user_script:1: -READONLY You are'],
    ['ERR', "ERR unknown command 'sesame', with args beginning with: 'name'"],
  ])('is logged once, with only the code %s, and again on recovery', async (word, line) => {
    server.answer(refusing(line, ...COMMANDS));
    for (let round = 0; round < 5; round += 1) {
      expect(await useAll()).toEqual([undefined, undefined, undefined]);
      now += 400;
    }
    expect(warnings()).toEqual([
      `not sharing links and call budget; Redis refused a command: ${word}`,
    ]);

    server.answer(healthy);
    await useUntilBack();
    await useAll();
    expect(log.map(({ msg }) => msg)).toEqual([
      'Redis connected',
      `not sharing links and call budget; Redis refused a command: ${word}`,
      'Redis connected again; sharing links and call budget',
    ]);
    expect(lines.join()).not.toMatch(/10\.0\.0\.9|sesame|someone|a value|"name"/);
  });

  it.each(['WRONGPASS invalid username-password pair', 'NOAUTH Authentication required.'])(
    'is logged with its code when connecting (%s)',
    async (line) => {
      await connection.close();
      log.length = 0;
      server.answer(refusing(line, 'hello', 'auth', 'info', ...COMMANDS));
      const before = server.connections();
      connect();
      await until(() => server.connections() === before + 3);
      server.answer(healthy);
      await until(isBack);

      expect(warnings()).toEqual([
        `not sharing links and call budget; Redis refused a command: ${line.split(' ')[0]}`,
      ]);
    },
  );

  it('is not considered working because reads succeed', async () => {
    server.answer(refusing("OOM command not allowed when used memory > 'maxmemory'.", 'set'));
    for (let round = 0; round < 5; round += 1) {
      now += 5000;
      await useAll();
    }
    expect(log.map(({ msg }) => msg)).toEqual([
      'Redis connected',
      'not sharing links and call budget; Redis refused a command: OOM',
    ]);
  });

  it('is logged once if it does so intermittently, and works after a second without rejections', async () => {
    for (let round = 0; round < 10; round += 1) {
      now += 100;
      server.answer(round % 2 === 0 ? refusing('OOM no room', 'set') : healthy);
      await useAll();
    }
    expect(warnings()).toHaveLength(1);
    expect(isBack()).toBe(false);
    await useUntilBack();
  });
});

describe('a login', () => {
  const restart = async (path: string, script = healthy) => {
    await connection.close();
    log.length = 0;
    server.answer(script);
    connect(path);
  };

  it('selects the database before anything else, and again after a disconnect', async () => {
    await restart('/7');
    await until(() => log.length === 1);
    server.disconnect();
    await until(isBack);

    const login = ['auth', 'ping', 'select'];
    expect(server.commands().slice(-6)).toEqual([...login, ...login]);
  });

  it('to a database that does not exist shares nothing, and says so once', async () => {
    const before = server.connections();
    await restart('/99', refusing('ERR DB index is out of range', 'select'));
    await until(() => server.connections() >= before + 3);
    expect(await useAll()).toEqual([undefined, undefined, undefined]);
    expect(log.map(({ msg }) => msg)).toEqual([
      'not sharing links and call budget; Redis refused a command: ERR (no database 99)',
    ]);
    expect(server.commands().filter((name) => COMMANDS.includes(name))).toEqual([]);

    server.answer(healthy);
    await until(isBack);
  });

  it('with a password that is not needed works', async () => {
    const line = 'ERR AUTH <password> called without any password configured for the default user.';
    await restart('', refusing(line, 'auth'));
    await until(() => log.length === 1);
    expect(log).toMatchObject([{ msg: 'Redis connected' }]);
  });

  it('needs no right to the commands of the library', async () => {
    const line = 'NOPERM User someone has no permissions to run the command';
    await restart('', refusing(line, 'info', 'hello', 'client', 'ping'));
    await until(() => log.length === 1);
    expect(log).toMatchObject([{ msg: 'Redis connected' }]);
    expect(server.commands()).not.toContain('info');
  });
});

describe('a Redis that became a replica', () => {
  const READONLY = refusing(
    "READONLY You can't write against a read only replica.",
    'set',
    'eval',
    'evalsha',
  );

  it('is reconnected to the current address of its name, at most once a second', async () => {
    server.answer(READONLY);
    for (let round = 0; round < 20; round += 1) await useAll();
    await until(() => server.connections() === 2);
    for (let round = 0; round < 20; round += 1) await useAll();
    expect(server.connections()).toBe(2);
    now += 1000;
    await until(async () => {
      await useAll();
      return server.connections() === 3;
    });
    server.answer(healthy);
    await useUntilBack();
    expect(warnings()).toEqual([
      'not sharing links and call budget; Redis refused a command: READONLY',
    ]);
  });

  it('keeps its connection after other errors', async () => {
    server.answer(refusing('MOVED 1 10.0.0.9:6379', ...COMMANDS));
    for (let round = 0; round < 5; round += 1) await useAll();
    expect(server.connections()).toBe(1);
  });
});

it('says that a server does not speak TLS where rediss:// finds a plain port', async () => {
  const url = new Secret(server.url.replace('redis:', 'rediss:'));
  const logger = createLogger('info', { write: (line) => void lines.push(line) });
  lines = [];
  const secured = connectRedis(url, logger);
  await until(() => lines.length > 0);
  await secured.close();
  expect(lines[0]).toContain('which rediss:// requires; for a port without TLS, use redis://');
});
