import { createServer } from 'node:net';
import { answerTo } from './answers.js';

/**
 * The upstream in its own process: minimal HTTP on a bare socket, to cost little compared with the
 * measured server. `/control/latency/<ms>` sets the response delay, `/control/calls` returns the
 * numbers of calls for lists and for links since the last query.
 */
let latency = 0;
let calls = { lists: 0, links: 0 };

const server = createServer((socket) => {
  socket.setNoDelay(true);
  let pending = '';
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
      const target = pending.slice(pending.indexOf(' ') + 1, pending.indexOf(' HTTP/'));
      pending = pending.slice(end + 4);
      answer(socket, target);
    }
  });
  socket.on('error', () => socket.destroy());
});

function answer(socket, target) {
  const control = /^\/control\/(latency|calls)(?:\/(\d+))?$/.exec(target);
  if (control) return send(socket, controlled(control));
  calls[target.includes('/downloadURLs') ? 'links' : 'lists'] += 1;
  if (latency === 0) send(socket, answerTo(target));
  else setTimeout(() => send(socket, answerTo(target)), latency);
}

function controlled([, what, value]) {
  if (what === 'latency') latency = Number(value);
  const text = JSON.stringify(calls);
  if (what === 'calls') calls = { lists: 0, links: 0 };
  return text;
}

function send(socket, body) {
  const text =
    body ??
    '{"requestId":"req-none","error":{"code":404,"status":"NOT_FOUND","message":"no route"}}';
  const status = body === null ? '404 Not Found' : '200 OK';
  if (socket.destroyed) return;
  socket.write(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ndate: ${httpDate()}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

let date = '';
function httpDate() {
  if (date === '') {
    date = new Date().toUTCString();
    setTimeout(() => (date = ''), 1000 - new Date().getMilliseconds()).unref();
  }
  return date;
}

server.listen(Number(process.env.PORT), '127.0.0.1');
