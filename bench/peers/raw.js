import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { createSigningKeys, signRequest } from '../../build/upstream/sign.js';
import { FILE } from '../lib/data.js';

/**
 * The upper bound: a plain server that returns the bytes of the file BODY or, with UPSTREAM, makes
 * the signed calls for a page of links with undici and responds like a GraphQL server. No GraphQL,
 * validation, retries or records.
 */
const { PORT, BODY, UPSTREAM } = process.env;

/** The probe of a server. */
const PROBE = '{"query":"{__typename}"}';

const credentials = { accessKeyId: 'JDC_BENCH', secretAccessKey: { reveal: () => 'SECRET' } };

function answerPage(upstream) {
  const pool = new Pool(upstream, { connections: 256 });
  const { host } = new URL(upstream);
  const deriveKey = createSigningKeys();

  async function call(regionId, path, query) {
    const facts = { host, credentials, time: Date.now(), nonce: randomUUID(), deriveKey };
    const { target, headers } = signRequest({ regionId, path, query }, facts);
    const answer = await pool.request({ path: target, method: 'GET', headers });
    return (await answer.body.json()).result;
  }

  return async (text) => {
    const { regionId, instanceId } = JSON.parse(text).variables;
    const backups = ['v1', 'regions', regionId, 'backups'];
    const { backup, totalCount } = await call(regionId, backups, [
      ['instanceId', instanceId],
      ['pageNumber', '1'],
      ['pageSize', '100'],
    ]);
    const links = await Promise.all(
      backup.map(({ backupId }) =>
        call(regionId, [...backups, backupId, 'downloadURLs'], [['fileName', FILE]]),
      ),
    );
    const nodes = backup.map((row, index) => ({
      id: `${regionId}/${instanceId}/${row.backupId}`,
      name: row.backupName,
      status: row.backupStatus,
      startedAt: row.backupStartTime,
      sizeBytes: row.backupSizeByte,
      downloadURL: { fileName: FILE, ...links[index] },
    }));
    return JSON.stringify({ data: { backups: { totalCount, nodes } } });
  };
}

function answerBytes(file) {
  const body = readFileSync(file, 'utf8');
  return () => Promise.resolve(body);
}

const page = UPSTREAM ? answerPage(UPSTREAM) : answerBytes(BODY);

createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  request.on('end', async () => {
    const body = text === PROBE ? '{"data":{"__typename":"Query"}}' : await page(text);
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(Number(PORT), '127.0.0.1');
