import { describe, expect, it } from '@jest/globals';
import { type Product, startProductAt } from '../helpers/product.js';
import { rawRequest } from '../helpers/raw-request.js';
import { startScriptedUpstream } from '../helpers/scripted-upstream.js';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';
const BODY = '{"query":"{__typename}"}';

/** Trusts one proxy for Host and similar headers. */

const upstream = await startScriptedUpstream({});
const local = await startProductAt(upstream.origin);
const proxied = await startProductAt(upstream.origin, {
  TRUSTED_PROXIES: '1',
  ALLOW_ANONYMOUS: 'true',
});

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [line = '', ...headers] = text.slice(0, end).split('\r\n');
  return {
    status: Number(line.split(' ')[1]),
    headers: Object.fromEntries(
      headers.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 2)];
      }),
    ),
    body: text.slice(end + 4),
  };
}

/** A POST of a query with these header lines. */
async function postWith(product: Product, lines: readonly string[]): Promise<RawAnswer> {
  const head = ['POST /graphql HTTP/1.1', ...lines, 'Connection: close'];
  const length = `Content-Length: ${BODY.length}`;
  const text = [...head, 'Content-Type: application/json', length, '', BODY].join('\r\n');
  return parse(await rawRequest(product.origin, text));
}

const errorLines = (product: Product): readonly string[] => product.lines(50);

describe('an invalid Host', () => {
  it.each([
    '127.999.999.999',
    '256.0.0.1:4000',
    '1.2.3.4.5',
    '[',
    '[::1',
    '[::1]x',
    ':4000',
    '',
    'local host',
    'user@localhost',
    'user:secret@localhost',
    'localhost/graphql',
    'localhost?x',
    'localhost#x',
    'localhost\\x',
    'localhost:99999',
    'localhost:x',
    'b\u00fccher.example',
    '%',
    'a<b',
  ])('is rejected without a server error: "%s"', async (host) => {
    for (const product of [local, proxied]) {
      const { status, body } = await postWith(product, [`Host: ${host}`]);
      expect(status).toBe(400);
      expect(JSON.parse(body).errors).toEqual([
        {
          message: 'Invalid Host header; send exactly one, for example localhost:4000.',
          extensions: { code: 'BAD_REQUEST' },
        },
      ]);
      expect(errorLines(product)).toEqual([]);
    }
  });

  it.each([
    ['missing', []],
    ['given twice', ['Host: localhost', 'host: localhost']],
    ['given twice with different values', ['Host: localhost', 'Host: evil.example']],
  ])('is rejected when it is %s', async (_what, lines) => {
    expect((await postWith(local, lines)).status).toBe(400);
    expect(errorLines(local)).toEqual([]);
  });

  it('is not a valid name, address or port', async () => {
    for (const host of ['backups.example', '[::1]:4000', '10.0.0.1', 'a_b:80', 'localhost:']) {
      expect([host, (await postWith(proxied, [`Host: ${host}`])).status]).toEqual([host, 200]);
    }
  });
});

describe('a target in absolute form, as sent to a proxy,', () => {
  const PROXIED = 'Proxy-Connection: Keep-Alive\r\nConnection: close\r\n\r\n';
  it.each([
    ['GET http://localhost:4000/health/live', 'Host: localhost:4000', 200],
    ['GET HTTP://127.0.0.1/graphql?query={__typename}', 'Host: localhost', 200],
    ['HEAD http://localhost', 'Host: localhost', 200],
    ['GET http://localhost?x=1', 'Host: localhost', 200],
    ['GET https://localhost/nothing', 'Host: localhost', 404],
    // Its authority counts, not the Host header.
    ['GET http://evil.example/graphql?query={__typename}', 'Host: localhost', 403],
    ['GET http://localhost/graphql?query={__typename}', 'Host: evil.example', 200],
    ['GET http://user@localhost/health/live', 'Host: localhost', 400],
    ['GET http:///health/live', 'Host: localhost', 400],
    ['GET ftp://localhost/health/live', 'Host: localhost', 400],
  ])('%s with %s gets %d', async (line, host, status) => {
    const lines = `${line} HTTP/1.1\r\n${host}\r\napollo-require-preflight: 1\r\n`;
    const answer = parse(await rawRequest(local.origin, lines + PROXIED));
    expect(answer.status).toBe(status);
  });
});

describe('a forged header is not a server error', () => {
  it.each([
    'X-Forwarded-Host: [',
    'X-Forwarded-Host: 127.999.999.999',
    'X-Forwarded-Host:',
    'X-Forwarded-Proto: ht tp',
    'X-Forwarded-Proto: ://',
    'X-Forwarded-For: [',
    'X-Forwarded-For: ,,,',
    'X-Forwarded-For: 999.1.1.1, unknown',
    'Forwarded: for="[',
    'traceparent: 00-zz-zz-zz',
    'tracestate: =,=',
    'x-request-id: ${jndi:x}',
    'Upgrade: websocket\r\nConnection: upgrade',
    'Expect: 100-continue',
    'TE: trailers, deflate;q=x',
    'Accept: ;;;,',
    'Cookie: =;=;',
  ])('%s', async (line) => {
    const answer = await postWith(proxied, ['Host: localhost', line]);
    const metrics = parse(
      await rawRequest(
        proxied.origin,
        `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${line}\r\nConnection: close\r\n\r\n`,
      ),
    );
    expect(answer.status).toBeLessThan(500);
    expect(metrics.status).toBeLessThan(500);
    expect(errorLines(proxied)).toEqual([]);
  });
});

describe('every rejection before GraphQL has one JSON format', () => {
  const HOST = 'Host: localhost';
  const JSON_TYPE = 'Content-Type: application/json';
  it.each<[string, number, string]>([
    ['a target that is not a URL', 400, `GET http://[/graphql HTTP/1.1\r\n${HOST}`],
    ['an asterisk', 400, `OPTIONS * HTTP/1.1\r\n${HOST}`],
    ['wrong percent-encoding', 400, `GET /%zz HTTP/1.1\r\n${HOST}`],
    ['an unknown address', 404, `GET //[/graphql HTTP/1.1\r\n${HOST}`],
    ['an address with a wildcard in it', 404, `GET /*a HTTP/1.1\r\n${HOST}`],
    ['an address that is a pattern', 404, `PUT /:graphql HTTP/1.1\r\n${HOST}`],
    ['an address with an expression', 404, `GET /:a(x+ HTTP/1.1\r\n${HOST}`],
    ['a method of none', 405, `PROPFIND /graphql HTTP/1.1\r\n${HOST}`],
    ['TRACE', 405, `TRACE /graphql HTTP/1.1\r\n${HOST}`],
    ['PUT', 405, `PUT /graphql HTTP/1.1\r\n${HOST}`],
    ['POST of a page', 405, `POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: 0`],
    ['POST of a probe', 405, `POST /health/live HTTP/1.1\r\n${HOST}\r\nContent-Length: 0`],
    [
      'a charset nobody reads',
      415,
      `POST /graphql HTTP/1.1\r\n${HOST}\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 0`,
    ],
    [
      'a content type nobody reads',
      415,
      `POST /graphql HTTP/1.1\r\n${HOST}\r\nContent-Type: application/xml\r\nContent-Length: 1\r\n\r\nx`,
    ],
    [
      'a body that is too large',
      413,
      `POST /graphql HTTP/1.1\r\n${HOST}\r\n${JSON_TYPE}\r\nContent-Length: 99999999`,
    ],
    [
      'no JSON',
      400,
      `POST /graphql HTTP/1.1\r\n${HOST}\r\n${JSON_TYPE}\r\nContent-Length: 1\r\n\r\n{`,
    ],
    [
      'an expectation nobody meets',
      417,
      `POST /graphql HTTP/1.1\r\n${HOST}\r\n${JSON_TYPE}\r\nExpect: a-miracle\r\nContent-Length: 1\r\n\r\n{`,
    ],
  ])('%s gets %d', async (_what, status, text) => {
    const [head, ...body] = text.split('\r\n\r\n');
    for (const type of ['application/json', GRAPHQL_RESPONSE]) {
      const lines = `${head}\r\nConnection: close\r\nAccept: ${type}\r\nx-request-id: given-by-client`;
      const answer = parse(await rawRequest(local.origin, [lines, ...body, ''].join('\r\n\r\n')));
      expect(answer.status).toBe(status);
      expect(answer.headers).toMatchObject({
        'content-type': `${type}; charset=utf-8`,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-request-id': 'given-by-client',
      });
      expect(JSON.parse(answer.body)).toEqual({
        errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }],
      });
    }
    expect(errorLines(local)).toEqual([]);
  });

  it('a disallowed method gets the allowed ones', async () => {
    const allowOf = async (method: string, path: string) =>
      (await fetch(`${local.origin}${path}`, { method })).headers.get('allow');
    for (const method of ['HEAD', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect([method, await allowOf(method, '/graphql?x')]).toEqual([method, 'GET, POST']);
    }
    expect(await allowOf('POST', '/health/ready')).toBe('GET, HEAD');
    expect(await allowOf('POST', '/nothing')).toBeNull();
  });
});
