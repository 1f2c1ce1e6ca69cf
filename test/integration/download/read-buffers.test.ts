import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Agent } from 'undici';
import { createReadBuffers, type ReadBuffers } from '../../../src/cli/download/read-buffers.js';
import { closing, listening } from '../../helpers/closing.js';
import { createCertificate } from '../../helpers/tls-front.js';

const MIB = 2 ** 20;
const content = randomBytes(16 * MIB);
const pair = createCertificate('IP:127.0.0.1');

/** Writes of many sizes, so that reads do not begin where they do. */
const send: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Length': content.length });
  let at = 0;
  let size = 1;
  const more = (): void => {
    while (at < content.length) {
      const isTaken = response.write(content.subarray(at, at + size));
      at += size;
      size = (size * 7 + 3) % 300_007;
      if (isTaken) continue;
      response.once('drain', more);
      return;
    }
    response.end();
  };
  more();
};

async function start(scheme: string) {
  const server = scheme === 'https' ? createTlsServer(pair, send) : createServer(send);
  const { port } = await listening(server);
  const buffers = createReadBuffers({ ca: pair.cert });
  const agent = new Agent({ connect: buffers.connect });
  closing(() => agent.destroy());
  const origin = `${scheme}://127.0.0.1:${port}`;
  return { buffers, read: (use: (piece: Buffer) => void) => readAll(agent, origin, use) };
}

async function readAll(agent: Agent, origin: string, use: (piece: Buffer) => void): Promise<void> {
  const { body } = await agent.request({ origin, path: '/', method: 'GET' });
  await new Promise<void>((resolve, reject) => {
    body.on('data', use).on('end', resolve).on('error', reject);
    // What waits in the streams is joined and cut.
    body.pause();
    setImmediate(() => body.resume());
  });
}

describe.each(['http', 'https'])('Over %s', (scheme) => {
  test('bytes that are not given back stay as they came', async () => {
    const { buffers, read } = await start(scheme);
    const pieces: Buffer[] = [];
    await read((piece) => pieces.push(piece));
    await read(giveBackOnce(buffers, []));
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  test('the memory of bytes that are given back is used again', async () => {
    const { buffers, read } = await start(scheme);
    const memory: ArrayBufferLike[] = [];
    const copies: Buffer[] = [];
    const giveBack = giveBackOnce(buffers, memory);
    await read((piece) => {
      copies.push(Buffer.from(piece));
      giveBack(piece);
    });
    expect(Buffer.concat(copies).equals(content)).toBe(true);
    expect(new Set(memory).size).toBeLessThan(content.length / MIB / 2);
  });

  test('memory that is given back in part is not used again', async () => {
    const { buffers, read } = await start(scheme);
    const pieces: Buffer[] = [];
    await read((piece) => {
      buffers.giveBack(piece.subarray(1));
      pieces.push(piece);
    });
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });
});

function giveBackOnce(buffers: ReadBuffers, memory: ArrayBufferLike[]) {
  return (piece: Buffer): void => {
    memory.push(piece.buffer);
    buffers.giveBack(piece);
  };
}
