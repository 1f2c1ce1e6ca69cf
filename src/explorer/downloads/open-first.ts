import { openLink, type StoreAnswer } from './store-answer.js';
import type { LinkSource } from './transfer.js';

/**
 * Opens a link on a press; if that fails and the link may have expired, tries once more with a new
 * one. A page often cannot read how a store refuses an expired link. Rejects only when the signal
 * aborts.
 */
export async function openFirst(
  link: string,
  links: LinkSource,
  options: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal },
): Promise<StoreAnswer> {
  const answer = await openLink(link, null, options);
  const isOpen = answer.kind !== 'unreachable' && answer.kind !== 'refused';
  if (isOpen || links.current() !== null) return answer;
  const renewed = await links.renew(options.signal);
  return renewed.kind === 'link' ? openLink(renewed.url, null, options) : answer;
}
