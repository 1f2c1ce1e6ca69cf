import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { GraphQLRequest } from '@apollo/server';
import { stripIgnoredCharacters } from 'graphql';
import { z } from 'zod';

/** Operations by the IDs clients send: the document's hash, or its ID in the list. */
export type DocumentList = ReadonlyMap<string, string>;

/** The format of Apollo's tools. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** The format of the GraphQL Code Generator client preset: documents by hash. */
const documentsById = z.record(z.string().min(1), z.string().min(1));

/**
 * Parses a list in either format. Each document is found by its ID in the list and by its hash.
 * @throws Error stating the expected formats
 */
function parseOperationList(json: unknown): DocumentList {
  const asManifest = manifest.safeParse(json);
  const asRecord = documentsById.safeParse(json);
  if (!asManifest.success && !asRecord.success) {
    throw new Error(
      'expected a manifest of format "apollo-persisted-query-manifest", version 1, or an object of documents by id',
    );
  }
  const byId: (readonly [id: string, document: string])[] = asManifest.success
    ? asManifest.data.operations.map(({ id, body }) => [id, body])
    : Object.entries(asRecord.data ?? {});
  const byHash = byId.map(([, document]) => [hashOf(document), document] as const);
  return new Map([...byHash, ...byId]);
}

/** SHA-256 in hexadecimal, as used by persisted queries. */
function hashOf(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}

/**
 * Reads the allow list; null if not configured.
 * @throws Error naming the setting if the file is unusable
 */
export async function readDocumentList(file: string | undefined): Promise<DocumentList | null> {
  if (file === undefined) return null;
  try {
    // Editors on Windows begin a file with a byte order mark.
    return parseOperationList(JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is not valid JSON' : messageOf(cause);
    throw new Error(`cannot read the operations of PERSISTED_OPERATIONS: ${reason}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}

const NOT_LISTED = {
  code: 'QUERY_NOT_IN_SAFELIST',
  message: 'Unknown query; this server runs only operations on its allow list.',
};
const UNKNOWN_ID = {
  code: 'PERSISTED_QUERY_NOT_IN_LIST',
  message: 'Unknown operation id; this server runs only operations on its allow list.',
};

/**
 * Puts the listed document into a request that names it by `extensions.persistedQuery.sha256Hash`, by
 * `documentId`, or by its exact text. The composition query, `{ _service { sdl } }`, is listed always.
 * @returns what is wrong if there is no such document, otherwise null
 */
export function useListed(
  request: GraphQLRequest,
  list: DocumentList,
): { readonly code: string; readonly message: string } | null {
  const { query = '' } = request;
  // GraphQL over HTTP writes a hash as `sha256:<hex>`.
  const id = query === '' ? (idOf(request) ?? '') : hashOf(query);
  const listed = list.get(id) ?? list.get(id.replace(/^sha256:/, ''));
  const document = listed ?? compositionQuery(query, request.operationName);
  if (document === null) return query === '' ? UNKNOWN_ID : NOT_LISTED;
  // The composition query has lost its name.
  if (listed === undefined) delete request.operationName;
  request.query = document;
  delete request.extensions;
  return null;
}

const COMPOSITION =
  /^(?:query(?: (\w+))?)?(\{(?:__typename )?_service\{(?:sdl|sdl __typename|__typename sdl)\}(?:__typename)?\})$/;

/**
 * The composition query in one spelling, to be run and cached: without comments and its name, which
 * callers choose freely. Null for any other document.
 */
function compositionQuery(query: string, operationName?: string): string | null {
  let text;
  try {
    text = stripIgnoredCharacters(query);
  } catch {
    return null;
  }
  const [, name, document = null] = COMPOSITION.exec(text) ?? [];
  return operationName === undefined || operationName === name ? document : null;
}

function idOf({ extensions, http }: GraphQLRequest): string | undefined {
  const persisted: unknown = extensions?.['persistedQuery'];
  const body: unknown = http?.method === 'POST' ? http.body : undefined;
  const candidates = [
    propertyOf(persisted, 'sha256Hash'),
    propertyOf(body, 'documentId'),
    new URLSearchParams(http?.search).get('documentId'),
  ];
  return candidates.find((candidate) => typeof candidate === 'string');
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
