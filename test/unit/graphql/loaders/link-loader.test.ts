import { describe, expect, it } from '@jest/globals';
import { type LinkRequest, linkRequestKey } from '../../../../src/domain/link.js';
import { createLinkLoader } from '../../../../src/graphql/loaders/link-loader.js';
import { limitCalls } from '../../../../src/graphql/loaders/loaders.js';
import type { LinkSource } from '../../../../src/links/reusing-link-source.js';
import { linkOf } from '../../../helpers/links.js';

const requestOf = (backupId: string): LinkRequest => ({
  backup: { regionId: 'cn-north-1', instanceId: 'sql-1', backupId },
});

/** A source that has the links of `kept` at hand and issues the others. */
function sourceWith(...kept: string[]) {
  const atHand = new Set(kept.map((id) => linkRequestKey(requestOf(id))));
  const handed: string[] = [];
  const issued: string[] = [];
  const links: LinkSource = {
    atHand(request) {
      if (!atHand.has(linkRequestKey(request))) return undefined;
      handed.push(request.backup.backupId);
      return { ...linkOf(), reused: true };
    },
    issue(request) {
      issued.push(request.backup.backupId);
      return Promise.resolve({ ...linkOf(), reused: false });
    },
  };
  return { links, handed, issued, keep: (id: string) => atHand.add(linkRequestKey(requestOf(id))) };
}

const common = { call: { callerId: 'alice' }, answer: { throwIfRefused: () => undefined } };

describe('a link at hand', () => {
  it('counts as one of the distinct links', async () => {
    const source = sourceWith('a');
    const loader = createLinkLoader({ links: source.links, maxLinks: 2, ...common });
    void loader.load(requestOf('a'));
    await loader.load(requestOf('b'));
    expect(() => loader.load(requestOf('c'))).toThrow('the limit of 2 distinct links');
    expect(() => loader.load(requestOf('c'))).toThrow('the limit of 2 distinct links');
    expect(await loader.load(requestOf('b'))).toMatchObject({ reused: false });
    expect(source).toMatchObject({ handed: ['a'], issued: ['b'] });
  });

  it('counts as a call of the operation', async () => {
    const source = sourceWith('a', 'b', 'c');
    const client = { send: () => Promise.reject(new Error('not sent')) };
    const { links } = limitCalls({ client, links: source.links }, 2);
    const loader = createLinkLoader({ links, maxLinks: 10, ...common });
    for (const id of ['a', 'b']) expect(loader.load(requestOf(id))).toMatchObject({ reused: true });
    await expect(loader.load(requestOf('c'))).rejects.toThrow('the limit of 2 upstream calls');
    expect(source).toMatchObject({ handed: ['a', 'b'], issued: [] });
  });
});
