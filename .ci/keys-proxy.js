import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...publicKey.export({ format: 'jwk' }), kid: 'known', alg: 'ES256', use: 'sig' };

/** A proxy that answers every tunnel itself with a JWK Set of one key; prints its URL. */
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ keys: [key] }));
});
server.on('connect', (_request, socket) => {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  server.emit('connection', socket);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
