import { errors, request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { rootCodeOf } from '../../domain/error-code.js';
import { orAborted } from '../../domain/stop-signal.js';
import { EXIT } from '../cli-error.js';
import { shownAddress } from './endpoint.js';
import { ServiceError, toConnectionError, toHttpError, toServiceError } from './service-error.js';
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

/**
 * Asks once, or twice where the token was refused and there is a new one.
 * @throws ServiceError where there is no answer, or it is refused as a whole
 */
export async function ask<Data>(
  client: GraphqlClient,
  operation: Operation<Data>,
  variables: object,
  signal: AbortSignal,
): Promise<Answer<Data>> {
  const body = JSON.stringify({ query: operation.document, variables });
  let answer = await post(client, body, operation, signal);
  if (isRefused(answer) && (await client.tokens.renew())) {
    answer = await post(client, body, operation, signal);
  }
  if (isRefused(answer)) await explainRefusal(client);
  const [error] = answer.errors;
  if (answer.data === null && error !== undefined) throw error;
  return answer;
}

function isRefused({ errors }: Answer<unknown>): boolean {
  return errors.some(({ code }) => code === 'UNAUTHENTICATED');
}

/** A caller without a token needs other words than one whose token is old. */
async function explainRefusal({ endpoint, tokens, now }: GraphqlClient): Promise<void> {
  const token = await tokens.current();
  if (token === null) throw toServiceError({ code: 'NO_TOKEN', address: shownAddress(endpoint) });
  const text = timeFaultOf(token, now().getTime());
  if (text !== null) throw new ServiceError(EXIT.refused, text, 'UNAUTHENTICATED');
}

async function post<Data>(
  { endpoint, tokens, dispatcher, userAgent }: GraphqlClient,
  body: string,
  operation: Operation<Data>,
  signal: AbortSignal,
): Promise<Answer<Data>> {
  const token = await tokens.current();
  try {
    // undici heeds the signal only once it is connected.
    const asked = request(endpoint, {
      dispatcher,
      method: 'POST',
      signal,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'user-agent': userAgent,
        ...(token !== null && { authorization: `Bearer ${token}` }),
      },
      body,
    });
    const response = await orAborted(asked, signal);
    const text = await readText(response.body);
    return toAnswer({ ...response, text }, operation, endpoint);
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    signal.throwIfAborted();
    const code = isNotHttp(error) ? 'NOT_HTTP' : (rootCodeOf(error) ?? 'unknown reason');
    throw toConnectionError({ code, address: shownAddress(endpoint) });
  }
}

/** What came is in another protocol, or a new connection was closed before the first byte. */
function isNotHttp(error: unknown): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  return error instanceof errors.SocketError && error.socket?.bytesRead === 0;
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

const extensionsSchema = z.object({
  code: z.string().catch('UNKNOWN'),
  availableFiles: z.array(z.string()).catch([]),
  requestId: z.string().nullable().catch(null),
  retryAfter: z.number().nonnegative().nullable().catch(null),
});
const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({
        message: z.string().optional().catch(undefined),
        extensions: extensionsSchema.catch(extensionsSchema.parse({})),
      }),
    )
    .default([]),
});

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

function toAnswer<Data>(
  { statusCode, headers, text }: HttpAnswer,
  operation: Operation<Data>,
  endpoint: URL,
): Answer<Data> {
  const address = shownAddress(endpoint);
  const pause = String(headers['retry-after']);
  const retryAfter = /^\d{1,6}$/.test(pause) ? Number(pause) : null;
  const parsed = answerSchema.safeParse(parseJson(text)).data;
  const errors = (parsed?.errors ?? []).map(({ message, extensions }) =>
    toServiceError({
      ...extensions,
      ...(message !== undefined && { message }),
      address,
      retryAfter: extensions.retryAfter ?? retryAfter,
    }),
  );
  const { data = null } = operation.data.safeParse(parsed?.data);
  // The service serves GraphQL at this path: whoever knows no such path or method is another.
  const isElsewhere = statusCode === 404 || statusCode === 405;
  if (isElsewhere || (data === null && errors.length === 0)) {
    throw toHttpError({ code: `HTTP_${statusCode}`, address, retryAfter }, statusCode);
  }
  return { data, errors };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
