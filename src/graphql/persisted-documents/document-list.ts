import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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
export function parseOperationList(json: unknown): DocumentList {
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
export function hashOf(document: string): string {
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
