import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { listening } from '../helpers/closing.js';
import { bearer, SECRET_AUTH } from '../helpers/tokens.js';
import { startSampleProduct } from './sample-product.js';
import { startBrowser } from './visit.js';

/** A separate frontend: an empty page on another origin than the product's. */
async function startFrontend(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>frontend</title>');
  });
  return (await listening(server)).origin;
}

const listed = await startFrontend();
const other = await startFrontend();
const product = await startSampleProduct({ CORS_ORIGINS: listed, ...SECRET_AUTH });
const browser = await startBrowser();

interface Outcome {
  readonly status?: number;
  readonly requestId?: string | null;
  readonly body?: any;
  /** What the page sees if the browser withholds the response. */
  readonly refused?: string;
}

/** Sends a request from a page of `frontend`, as its script does. */
async function ask(frontend: string, headers: Record<string, string>): Promise<Outcome> {
  const context = await browser.newContext();
  const page: Page = await context.newPage();
  await page.goto(frontend);
  const script = `(async () => {
    try {
      const response = await fetch(${JSON.stringify(`${product.origin}/graphql`)}, {
        method: 'POST',
        headers: ${JSON.stringify({ 'content-type': 'application/json', ...headers })},
        body: JSON.stringify({ query: '{ instances(regionId: "cn-north-1") { totalCount } }' }),
      });
      const requestId = response.headers.get('x-request-id');
      return { status: response.status, requestId, body: await response.json() };
    } catch (error) {
      return { refused: error.name };
    }
  })()`;
  const outcome = await page.evaluate<Outcome>(script);
  await context.close();
  return outcome;
}

describe('a page of another origin', () => {
  it('that is listed can send a token, and read the answer or the rejection', async () => {
    const outcome = await ask(listed, await bearer());
    expect(outcome).toMatchObject({ status: 200, requestId: expect.any(String) });
    expect(outcome.body.data.instances.totalCount).toBeGreaterThan(0);
    const refused = await ask(listed, { authorization: 'Bearer a.b.c' });
    expect(refused.status).toBe(401);
    expect(refused.body.errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('that is not listed can read nothing', async () => {
    expect(await ask(other, await bearer())).toEqual({ refused: 'TypeError' });
  });
});
