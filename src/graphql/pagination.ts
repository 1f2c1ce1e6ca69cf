import { PublicError } from '../domain/errors.js';
import type { FilteredListing, Listing } from './loaders/listing.js';

export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

/**
 * A page as defined by the Relay Cursor Connections Specification; promises resolve only if
 * selected.
 */
export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly nodes: readonly Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean | Promise<boolean>;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number | Promise<number>;
}

export interface PageRequest {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

interface Cursor {
  readonly position: number;
  readonly id: string;
}

export const DEFAULT_FIRST = 20;
export const MAX_FIRST = 100;

/**
 * Returns a page of a list. A cursor holds the position and ID of its row: if rows were added or
 * removed, the row is looked up nearby, so that none is returned twice.
 * @throws PublicError BAD_USER_INPUT if `first` is outside 1..100 or the cursor is invalid
 */
export async function paginate<Row extends { readonly id: string }>(
  { listing, matches, isExact }: FilteredListing<Row>,
  { first, after }: PageRequest,
): Promise<Connection<Row>> {
  const size = checkFirst(first ?? DEFAULT_FIRST);
  // Caches of clients send the end cursor of an empty list as an empty string.
  const isFirst = after == null || after === '';
  const start = isFirst ? 0 : await positionBehind(listing, decodeCursor(after));
  const rows = await readRows(listing, start, size, matches);
  const last = rows.at(-1);
  return {
    get edges() {
      return rows.map((row) => ({ node: row.node, cursor: encodeCursor(row) }));
    },
    nodes: rows.map(({ node }) => node),
    pageInfo: {
      get hasNextPage() {
        return last !== undefined && rows.length === size && hasRowBehind(listing, last, matches);
      },
      hasPreviousPage: !isFirst,
      get startCursor() {
        return rows[0] ? encodeCursor(rows[0]) : null;
      },
      get endCursor() {
        return last ? encodeCursor(last) : null;
      },
    },
    get totalCount() {
      return matches ? countMatches(listing, matches, isExact) : listing.totalCount();
    },
  };
}

/** A connection without rows. */
export function emptyConnection(): Connection<never> {
  return {
    edges: [],
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    totalCount: 0,
  };
}

interface Placed<Row> {
  readonly node: Row;
  /** Zero-based position in the list. */
  readonly position: number;
}

/** Up to `size` matching rows from a position. */
async function readRows<Row>(
  listing: Listing<Row>,
  from: number,
  size: number,
  matches: ((row: Row) => boolean) | undefined,
): Promise<Placed<Row>[]> {
  const placed: Placed<Row>[] = [];
  for await (const { rows, start } of listing.sections(from)) {
    for (const [index, node] of rows.entries()) {
      if (matches && !matches(node)) continue;
      placed.push({ node, position: start + index });
      if (placed.length === size) return placed;
    }
  }
  return placed;
}

async function hasRowBehind<Row>(
  listing: Listing<Row>,
  { position }: Placed<Row>,
  matches: ((row: Row) => boolean) | undefined,
): Promise<boolean> {
  if (!matches) return listing.hasRowFrom(position + 1);
  return (await readRows(listing, position + 1, 1, matches)).length > 0;
}

async function countMatches<Row>(
  listing: Listing<Row>,
  matches: (row: Row) => boolean,
  isExact: (() => Promise<boolean>) | undefined,
): Promise<number> {
  if (await isExact?.()) return listing.totalCount();
  let count = 0;
  for await (const { rows } of listing.sections()) count += rows.filter(matches).length;
  return count;
}

/**
 * Rows move down when newer ones are added and up when some are deleted: searches the cursor's page
 * and the pages after and before it. If the row was deleted, its position holds the next one.
 */
async function positionBehind<Row extends { readonly id: string }>(
  listing: Listing<Row>,
  { position, id }: Cursor,
): Promise<number> {
  const { pageSize } = listing;
  const pageStart = position - (position % pageSize);
  const further = await positionOf(listing, id, pageStart, pageStart + pageSize);
  if (further !== null) return further + 1;
  const nearer = pageStart > 0 && (await positionOf(listing, id, pageStart - pageSize, pageStart));
  return typeof nearer === 'number' ? nearer + 1 : position;
}

/** The position of a row, searched from the page at `from` to the one at `to`. */
async function positionOf<Row extends { readonly id: string }>(
  listing: Listing<Row>,
  id: string,
  from: number,
  to: number,
): Promise<number | null> {
  for await (const { rows, start } of listing.sections(from)) {
    const index = rows.findIndex((row) => row.id === id);
    if (index >= 0) return start + index;
    if (start >= to) break;
  }
  return null;
}

function checkFirst(first: number): number {
  if (first >= 1 && first <= MAX_FIRST) return first;
  throw new PublicError('BAD_USER_INPUT', `\`first\` is out of range; use 1 to ${MAX_FIRST}.`);
}

function encodeCursor({ position, node }: Placed<{ readonly id: string }>): string {
  return Buffer.from(`${position}:${node.id}`).toString('base64url');
}

function decodeCursor(cursor: string): Cursor {
  const parts = /^(\d{1,9}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!parts) {
    throw new PublicError(
      'BAD_USER_INPUT',
      '`after` is not a valid cursor; use one from an earlier page.',
    );
  }
  return { position: Number(parts[1]), id: parts[2] ?? '' };
}
