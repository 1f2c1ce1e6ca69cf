import { Pool } from 'undici';
import { median } from './figures.js';

/**
 * Sends the same request to `url` on `clients` connections, each again after its response.
 * @param seconds duration; responses in flight at the end count
 * @returns responses per second, and the median latency in milliseconds
 * @throws Error if a response is not 200 or not as expected
 */
export async function load(url, body, { clients, seconds, requests = Infinity, check }) {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const times = [];
  let started = 0;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const client = async () => {
    while (performance.now() < end && started < requests) {
      started += 1;
      const asked = performance.now();
      const answer = await pool.request({ path, method: 'POST', headers, body: text });
      const bytes = await answer.body.arrayBuffer();
      times.push(performance.now() - asked);
      if (answer.statusCode !== 200)
        throw new Error(`${url}: ${answer.statusCode} ${decode(bytes)}`);
      if (times.length === 1) check?.(decode(bytes));
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
    const elapsed = (performance.now() - begin) / 1000;
    return { perSecond: times.length / elapsed, ms: median(times), requests: times.length };
  } finally {
    await pool.close();
  }
}

const decode = (bytes) => Buffer.from(bytes).toString();
