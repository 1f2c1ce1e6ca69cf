import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { bucketObjects } from './stores.js';

/**
 * A bucket out of memory that speaks the part of the S3 API the product needs, and takes any signature: what is
 * measured is the product and not the store. `BACKUPS` in `INSTANCES` on `PORT`.
 */
const PAGE = 1000;
const MODIFIED = new Date(Date.UTC(2026, 0, 1));

const objects = new Map();
for (const [key, body] of bucketObjects({
  backups: Number(process.env.BACKUPS),
  instances: Number(process.env.INSTANCES),
})) {
  put(key, Buffer.from(body));
}
let keys = [...objects.keys()].sort();

function put(key, body) {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  objects.set(key, { body, etag });
}

function list(query) {
  const prefix = query.get('prefix') ?? '';
  const from = query.get('continuation-token') ?? '';
  const found = keys.filter((key) => key > from && key.startsWith(prefix));
  const page = found.slice(0, Number(query.get('max-keys') ?? PAGE));
  const isTruncated = found.length > page.length;
  const contents = page.map((key) => {
    const { body, etag } = objects.get(key);
    return (
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${MODIFIED.toISOString()}</LastModified>` +
      `<ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${body.length}</Size></Contents>`
    );
  });
  const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  return (
    '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType>' +
    `<IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  );
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://store');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  if (request.method === 'PUT') {
    put(key, Buffer.from(await text(request)));
    keys = [...objects.keys()].sort();
    return response.end();
  }
  if (key === '') return response.end(list(searchParams));
  const object = objects.get(key);
  if (!object) return response.writeHead(404).end();
  const { body, etag } = object;
  response.writeHead(200, {
    'Content-Length': body.length,
    ETag: etag,
    'Last-Modified': MODIFIED.toUTCString(),
  });
  return response.end(request.method === 'HEAD' ? undefined : body);
}

createServer((request, response) => void answer(request, response)).listen(
  Number(process.env.PORT),
  '127.0.0.1',
);
