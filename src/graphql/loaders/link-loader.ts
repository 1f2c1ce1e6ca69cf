import { PublicError } from '../../domain/errors.js';
import { type HandedLink, linkRequestKey, type LinkRequest } from '../../domain/link.js';
import type { IssueOptions, LinkSource } from '../../links/reusing-link-source.js';
import type { AnswerMemory } from '../limits/answer-memory.js';

/** Loads the links of one operation. */
export interface LinkLoader {
  /** Without a promise if the link is at hand. @throws PublicError TOO_MANY_LINKS */
  load(request: LinkRequest): HandedLink | Promise<HandedLink>;
}

export interface LinkLoaderOptions {
  readonly links: LinkSource;
  /** Maximum distinct links of one operation. */
  readonly maxLinks: number;
  /** Options of the issuing calls. */
  readonly call: IssueOptions;
  /** Of the answer that they are for: nothing is spent on one that is refused. */
  readonly answer: Pick<AnswerMemory, 'throwIfRefused'>;
}

/**
 * Loads links by backup, file and lifetime. The upstream issues them one by one; each distinct link
 * is requested once, in parallel up to the client's concurrency limit.
 */
export function createLinkLoader({ links, maxLinks, call, answer }: LinkLoaderOptions): LinkLoader {
  const requested = new Map<string, HandedLink | Promise<HandedLink>>();

  /** Shared: an error with a stack takes 2 KB, and thousands of files can have one. */
  let refusal: PublicError | undefined;

  /** The files of all backups of a page are known before the first of its links is issued. */
  async function issue(request: LinkRequest): Promise<HandedLink> {
    await Promise.resolve();
    answer.throwIfRefused();
    return links.issue(request, call);
  }

  return {
    load(request) {
      const key = linkRequestKey(request);
      const known = requested.get(key);
      if (known) return known;
      if (requested.size >= maxLinks) throw (refusal ??= tooManyLinks(maxLinks));
      const link = links.atHand(request, call) ?? issue(request);
      requested.set(key, link);
      return link;
    },
  };
}

function tooManyLinks(maxLinks: number): PublicError {
  return new PublicError(
    'TOO_MANY_LINKS',
    `The operation exceeds the limit of ${maxLinks} distinct links; request the rest in another operation.`,
  );
}
