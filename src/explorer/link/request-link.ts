import { type Failure, type FailureCode, pageFailure } from '../client/failure.js';
import type { Answer } from '../client/graphql-client.js';
import type { LinkSource } from '../downloads/transfer.js';
import {
  LinkDocument,
  type LinkQuery,
  type LinkQueryVariables,
  type TypedDocumentString,
} from '../generated/operations.js';

/** An issued link. Kept in the page's memory only. */
export interface HeldLink {
  readonly publicUrl: string | null;
  readonly internalUrl: string | null;
  /** Milliseconds since 1970 by the local clock; null if unknown. */
  readonly endsAt: number | null;
  /** Bytes of the file; null if the service does not say. */
  readonly sizeBytes: number | null;
  /** Digest of the file in hex; null if unknown. */
  readonly sha256: string | null;
}

/** A link and how to get a new one to the same file. */
export interface RenewableLink extends HeldLink {
  /** Rejects only when the signal aborts. */
  readonly renew: (signal: AbortSignal) => Promise<LinkAnswer>;
}

export type Network = 'public' | 'internal';

export type LinkAnswer =
  | { readonly kind: 'link'; readonly link: HeldLink }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'unavailable'; readonly isBuilding: boolean };

/** Sends an operation with the token of the signed-in person. */
type AskService = <Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
) => Promise<Answer<Data>>;

/** Requests a link. Rejects only when the signal aborts. */
export async function requestLink(
  ask: AskService,
  variables: LinkQueryVariables,
  signal: AbortSignal,
): Promise<LinkAnswer> {
  const { data, failures, clockOffset } = await ask(LinkDocument, variables, signal);
  const given = data?.backup?.downloadURL;
  if (given == null) return { kind: 'failed', failure: failures[0] ?? goneOrOdd(data) };
  if (given.available) return { kind: 'link', link: toHeldLink(given, clockOffset) };
  return { kind: 'unavailable', isBuilding: data?.backup?.status === 'BUILDING' };
}

type GivenLink = NonNullable<NonNullable<LinkQuery['backup']>['downloadURL']>;

function toHeldLink(
  { publicURL: publicUrl, internalURL: internalUrl, expiresAt, sizeBytes, sha256 }: GivenLink,
  clockOffset: number,
): HeldLink {
  const endsAt = expiresAt === null ? null : Date.parse(expiresAt) - clockOffset;
  return { publicUrl, internalUrl, endsAt, sizeBytes, sha256 };
}

function goneOrOdd(data: LinkQuery | null): Failure {
  if (data?.backup !== null) return pageFailure('NO_ANSWER');
  return { code: 'BACKUP_NOT_FOUND', detail: '', requestId: null, retryAfter: null };
}

export function urlOf({ publicUrl, internalUrl }: HeldLink, network: Network): string | null {
  return network === 'public' ? publicUrl : internalUrl;
}

/** Time a link must have left to be used: the request has to reach the store before it expires. */
const MARGIN_MS = 30_000;

/** Failures that may pass, so trying again makes sense. */
const PASSING: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'UPSTREAM_THROTTLED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_BAD_RESPONSE',
  'UNREACHABLE',
  'NO_ANSWER',
  'SERVICE_FAULT',
  'OTHER',
]);

/**
 * Returns a source of links to one file over one network, beginning with an issued one.
 * @param now milliseconds since 1970 by the local clock
 */
export function createLinkSource(
  first: RenewableLink,
  network: Network,
  now: () => number,
): LinkSource {
  let link: HeldLink = first;
  return {
    current() {
      const isLive = link.endsAt === null || link.endsAt - now() > MARGIN_MS;
      return isLive ? urlOf(link, network) : null;
    },
    async renew(signal) {
      const answer = await first.renew(signal);
      if (answer.kind === 'failed')
        return { kind: 'none', isPassing: PASSING.has(answer.failure.code) };
      const url = answer.kind === 'link' ? urlOf(answer.link, network) : null;
      if (answer.kind === 'link') link = answer.link;
      return url === null ? { kind: 'none', isPassing: true } : { kind: 'link', url };
    },
  };
}
