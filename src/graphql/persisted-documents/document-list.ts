import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** Operations by the ids clients send: the hash of the document, or what the list calls it. */
export type DocumentList = ReadonlyMap<string, string>;

/** As Apollo's tools write it. */
const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** As the client preset of GraphQL Code Generator writes it: documents by hash. */
const documentsById = z.record(z.string().min(1), z.string().min(1));

/**
 * Reads a list in either form. Each document is found by the id the list gives it and by its hash.
 * @throws Error saying what is expected
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

/** SHA-256 in hexadecimal digits, as clients of persisted queries make it. */
export function hashOf(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}

/**
 * Reads the file of the operations that may run; null where none is set.
 * @throws Error naming the setting where the file cannot be used
 */
export async function readDocumentList(file: string | undefined): Promise<DocumentList | null> {
  if (file === undefined) return null;
  try {
    return parseOperationList(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is not valid JSON' : messageOf(cause);
    throw new Error(`cannot read the operations of PERSISTED_OPERATIONS: ${reason}`, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
