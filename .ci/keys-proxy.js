import { createServer } from 'node:http';

/** A proxy that answers each tunnel itself, with a set of no keys; prints its address. */
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"keys":[]}');
});
server.on('connect', (_request, socket) => {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  server.emit('connection', socket);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
