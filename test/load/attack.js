import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two requests of one attacker. */
const PAUSE_MS = 50;
const SOCKETS = 50;
const PIPELINED = 200;

/** Connections of one sender of slow bodies: more than MAX_CONCURRENT_REQUESTS of the chaos run. */
const SLOW_BODIES = 150;
/** Readers of one link: more than MAX_DOWNLOADS of the chaos run. */
const SLOW_READERS = 80;
/** Milliseconds an attacker keeps its connections. */
const HOLD_MS = 1000;

/**
 * Requests of clients without rights, or with a link, by name; each is sent repeatedly.
 * `graphql` is the product, `store` serves the downloads, `link` gives the URL of one.
 */
export const ATTACKS = {
  'one long alias over 500 entities': ({ graphql }) =>
    post(graphql, {
      query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Backup { ${'a'.repeat(400_000)}: id } } }`,
      variables: { r: Array(500).fill({ __typename: 'Backup', id: 'x' }) },
    }),
  'documents that differ by a long comment': ({ graphql }) =>
    post(graphql, { query: `#${randomBytes(30_000).toString('hex')}\n{ __typename }` }),
  'pipelined requests, none of them read': ({ graphql }) =>
    Promise.all(Array.from({ length: SOCKETS }, () => flood(graphql))),
  'downloads that nobody signed': ({ store }) =>
    fetch(`${store}/download/cn-north-1/a/b/${'n'.repeat(200)}?Expires=9999999999&Signature=0`),
  'bodies that never end': ({ graphql }) =>
    hold(
      graphql,
      SLOW_BODIES,
      ({ pathname, host }) =>
        `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 500000\r\n\r\n{`,
    ),
  'slow readers of one link': async ({ link }) =>
    hold(
      await link(),
      SLOW_READERS,
      ({ pathname, search, host }) => `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    ),
  'lists of entity tags that end wrongly': async ({ link }) =>
    fetch(await link(), { headers: { 'if-none-match': `"a"${', '.repeat(5000)}x` } }),
  'big responses that nobody reads': ({ graphql }) =>
    hold(graphql, SOCKETS, ({ pathname, host }) => {
      const body = JSON.stringify({ query: bigQuery() });
      return `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    }),
};

/**
 * Sends one of these from several clients until stopped.
 * @param targets URLs: `graphql` of the product, `store` of the downloads
 */
export function startAttack(attack, targets, { attackers = 2 } = {}) {
  let isRunning = true;
  let sent = 0;
  const run = async () => {
    while (isRunning) {
      await attack(targets)
        .then((response) => response?.body?.cancel())
        .catch(() => undefined);
      sent += 1;
      await sleep(PAUSE_MS);
    }
  };
  const done = Promise.all(Array.from({ length: attackers }, run));
  return {
    /** Resolves to the number of requests sent. */
    stop: async () => {
      isRunning = false;
      await done;
      return sent;
    },
  };
}

function post(url, body) {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Opens connections that send one text and read nothing, and leaves them open for a while. */
async function hold(address, count, textOf) {
  const url = new URL(address);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(url.port), url.hostname, () => socket.write(textOf(url)));
    return socket.pause().on('error', () => undefined);
  });
  await sleep(HOLD_MS);
  for (const socket of sockets) socket.destroy();
}

/** Many fields with long names, as far as the limits allow. */
function bigQuery() {
  const names = Array.from({ length: 40 }, (_, index) => `${'a'.repeat(240)}${index}`);
  const fields = names.map((name) => `${name}: id`).join(' ');
  return `{ instances(regionId: "cn-north-1") { nodes { ${fields} backups(first: 100) { nodes { id } } } } }`;
}

/** Sends everything at once, never reads, and leaves after a second unless disconnected. */
function flood(url) {
  const { hostname, port, pathname, host } = new URL(url);
  const body = '{"query":"{ __schema { types { name fields { name } } } }"}';
  const request = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(request.repeat(PIPELINED)));
    const timer = setTimeout(() => socket.destroy(), 1000);
    socket.pause();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
