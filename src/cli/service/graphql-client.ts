import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { EXIT } from '../exit-codes.js';
import { toConnectionError } from './connection-error.js';
import { shownAddress } from './endpoint.js';
import { ServiceError, toServiceError, type GraphqlError } from './service-error.js';
import { timeFaultOf, type TokenSource } from './token.js';

/** One question to the service. */
export interface Operation<Data> {
  readonly document: string;
  readonly data: z.ZodType<Data>;
}

export interface Answer<Data> {
  /** null where the answer has errors alone. */
  readonly data: Data | null;
  readonly errors: readonly ServiceError[];
}

export interface GraphqlClient {
  /**
   * Asks once, or twice where the token was refused and there is a new one.
   * @throws ServiceError where there is no answer, or it is refused as a whole
   */
  ask<Data>(
    operation: Operation<Data>,
    variables: object,
    signal: AbortSignal,
  ): Promise<Answer<Data>>;
  close(): Promise<void>;
}

export interface GraphqlClientOptions {
  readonly endpoint: URL;
  readonly tokens: TokenSource;
  readonly dispatcher: Dispatcher;
  readonly userAgent: string;
  readonly now: () => Date;
}

/** Beyond what the service itself allows an operation. */
const ANSWER_TIMEOUT_MS = 120_000;
/** The service cuts its answers at 10 MiB. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export function createGraphqlClient(options: GraphqlClientOptions): GraphqlClient {
  const { tokens, dispatcher } = options;
  return {
    async ask(operation, variables, signal) {
      const body = JSON.stringify({ query: operation.document, variables });
      const first = toAnswer(await post(options, body, signal), operation, options);
      if (!isRefused(first) || !(await tokens.renew()))
        return settled(first, await tokens.current(), options);
      const second = toAnswer(await post(options, body, signal), operation, options);
      return settled(second, await tokens.current(), options);
    },
    close: () => dispatcher.destroy(),
  };
}

function isRefused({ errors }: Answer<unknown>): boolean {
  return errors.some(({ code }) => code === 'UNAUTHENTICATED');
}

/** A caller without a token needs other words than one whose token is old. */
function settled<Data>(
  answer: Answer<Data>,
  token: string | null,
  { now }: GraphqlClientOptions,
): Answer<Data> {
  if (token === null && isRefused(answer)) {
    const text = 'The service requires a token: set BACKUPS_TOKEN or give --token-file.';
    throw new ServiceError(EXIT.refused, text, 'UNAUTHENTICATED', false);
  }
  if (token !== null && isRefused(answer)) {
    const text = timeFaultOf(token, now().getTime());
    if (text !== null) throw new ServiceError(EXIT.refused, text, 'UNAUTHENTICATED', false);
  }
  const [error] = answer.errors;
  if (answer.data === null && error !== undefined) throw error;
  return answer;
}

interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

async function post(
  { endpoint, tokens, dispatcher, userAgent }: GraphqlClientOptions,
  body: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { request } = await import('undici');
  const token = await tokens.current();
  try {
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(endpoint, {
      dispatcher,
      method: 'POST',
      signal,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'user-agent': userAgent,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
    });
    const retryAfter = headers['retry-after'];
    return {
      status: statusCode,
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      text: await readText(answer),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw toConnectionError(error, shownAddress(endpoint));
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw Object.assign(new Error(), { code: 'ANSWER_TOO_LARGE' });
  }
  return Buffer.concat(chunks).toString();
}

const errorSchema = z
  .object({
    message: z.string().catch('no reason given'),
    extensions: z
      .object({
        code: z.string().catch('UNKNOWN'),
        availableFiles: z.array(z.string()).catch([]),
        requestId: z.string().nullable().catch(null),
        retryAfter: z.number().nonnegative().nullable().catch(null),
      })
      .catch({ code: 'UNKNOWN', availableFiles: [], requestId: null, retryAfter: null }),
  })
  .transform(({ message, extensions }): GraphqlError => ({ message, ...extensions }));

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(errorSchema).default([]),
});

function toAnswer<Data>(
  { status, retryAfter, text }: HttpAnswer,
  operation: Operation<Data>,
  { endpoint }: GraphqlClientOptions,
): Answer<Data> {
  const parsed = answerSchema.safeParse(parseJson(text));
  const errors = parsed.success
    ? parsed.data.errors.map((error) => toServiceError(withRetryAfter(error, retryAfter)))
    : [];
  const data = parsed.success ? (parsed.data.data ?? null) : null;
  if (data === null) {
    if (errors.length > 0) return { data: null, errors };
    throw unusable(status, retryAfter, endpoint);
  }
  const checked = operation.data.safeParse(data);
  if (checked.success) return { data: checked.data, errors };
  if (errors.length > 0) return { data: null, errors };
  throw unusable(status, retryAfter, endpoint);
}

/** Something that is not the service answered: its words are markup more often than not, and left out. */
function unusable(status: number, retryAfter: string | undefined, endpoint: URL): ServiceError {
  const address = shownAddress(endpoint);
  const isTransient = [429, 502, 503, 504].includes(status);
  const code = `HTTP_${status}`;
  const seconds = secondsOf(retryAfter);
  const waitMs = seconds === null ? null : seconds * 1000;
  if (status === 401 || status === 403) {
    const text = `${address} refused the request (HTTP ${status}): check the token and --url.`;
    return new ServiceError(EXIT.refused, text, code, false);
  }
  if (status === 407) {
    const text = 'The proxy requires a password: put it in HTTPS_PROXY or HTTP_PROXY.';
    return new ServiceError(EXIT.refused, text, code, false);
  }
  const advice = isTransient
    ? 'a server in between is failing; retry later'
    : status >= 300 && status < 400
      ? 'it redirects; give the target address with --url'
      : `it is not this service; check --url or BACKUPS_URL${pathAdvice(endpoint)}`;
  return new ServiceError(
    EXIT.network,
    `${address} answered HTTP ${status}: ${advice}.`,
    code,
    isTransient,
    waitMs,
  );
}

/** A service under a path is easily asked at the address of its page. */
function pathAdvice({ origin, pathname }: URL): string {
  if (/\/graphql\/?$/.test(pathname)) return '';
  return `, for example ${origin}${pathname.replace(/\/$/, '')}/graphql`;
}

function withRetryAfter(error: GraphqlError, header: string | undefined): GraphqlError {
  return error.retryAfter === null ? { ...error, retryAfter: secondsOf(header) } : error;
}

function secondsOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
