import { HeaderMap } from '@apollo/server';
import { PAGE } from '../lib/queries.js';
import { check } from '../workloads/reuse.js';

const WARM_UP = 1500;
const COUNT = 1500;

/** Prints the CPU milliseconds of one page, from parsed body to response text. */
export async function timePage(apollo, createContext) {
  const ask = async () => {
    const headers = new HeaderMap([['content-type', 'application/json']]);
    const { body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, body: PAGE, search: '' },
      context: () => Promise.resolve(createContext()),
    });
    return body.string;
  };
  check(await ask());
  for (let i = 0; i < WARM_UP; i += 1) await ask();
  const before = process.cpuUsage();
  for (let i = 0; i < COUNT; i += 1) await ask();
  const { user, system } = process.cpuUsage(before);
  console.log(String((user + system) / 1000 / COUNT));
  await apollo.stop();
}
