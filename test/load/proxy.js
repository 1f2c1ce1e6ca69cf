import { once } from 'node:events';
import { Agent, createServer, request as httpRequest } from 'node:http';

/**
 * A small HTTP proxy: a load balancer, or an unreliable connection.
 * @param targets origins; with `probes`, used round-robin if they respond to /health/ready
 * @returns `fault`: null, or what it does instead of forwarding: '503', 'html', 'reset', 'stall', 'flood'
 */
export async function startProxy(targets, { probes = false } = {}) {
  const agent = new Agent({ keepAlive: true });
  const proxy = { fault: null };
  let ready = targets;
  let turn = 0;

  const server = createServer(async (incoming, answer) => {
    if (proxy.fault !== null) return FAULTS[proxy.fault](incoming, answer);
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    // A target that rejects the connection has seen no request: the next one can be tried.
    const inTurn = ready.map((_, index) => ready[(turn + index) % ready.length]);
    turn += 1;
    pass(inTurn, incoming, Buffer.concat(chunks), answer);
  });

  function pass([target, ...others], incoming, body, answer) {
    if (target === undefined) return void answer.writeHead(502).end();
    const { method, url: path, headers } = incoming;
    const outgoing = httpRequest(new URL(path, target), { method, headers, agent }, (reply) => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.on('error', () => answer.destroy());
      reply.pipe(answer);
    });
    outgoing.on('error', ({ code }) => {
      if (code === 'ECONNREFUSED') return pass(others, incoming, body, answer);
      if (outgoing.reusedSocket && code === 'ECONNRESET' && !answer.headersSent) {
        return pass(others, incoming, body, answer);
      }
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end();
    });
    answer.on('close', () => outgoing.destroy());
    outgoing.end(body);
  }

  const probe = async () => {
    const answers = await Promise.all(targets.map(isReady));
    ready = targets.filter((_, index) => answers[index]);
  };
  const timer = probes ? setInterval(probe, 100) : undefined;

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(proxy, {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      clearInterval(timer);
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  });
}

const FAULTS = {
  503: (_incoming, answer) => answer.writeHead(503).end(),
  html: (_incoming, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  reset: (incoming) => incoming.socket.resetAndDestroy(),
  stall: () => undefined,
  /** A body without end, in small pieces. */
  flood: (_incoming, answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' });
    const write = () => {
      while (!answer.destroyed && answer.write(' '.repeat(100)));
    };
    answer.on('drain', write);
    write();
  },
};

async function isReady(origin) {
  try {
    return (await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
