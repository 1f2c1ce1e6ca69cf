import { describe, expect, it } from '@jest/globals';
import { linkIdOf, linkIdOfUrls, withoutPublicLink } from '../../../src/domain/link-id.js';
import { linkOf } from '../../helpers/links.js';

describe('the id of a link', () => {
  it.each([
    ['http://127.0.0.1:4001/download/a?Expires=1&Signature=LINKSIG', linkIdOf('LINKSIG')],
    ['https://b.s3.example/k?X-Amz-Expires=60&X-Amz-Signature=LINKSIG&x=1', linkIdOf('LINKSIG')],
    ['https://oss.example/k?Signature=a+b/c==&Expires=1', linkIdOf('a+b/c==')],
    ['https://oss.example/k?NoSignature=LINKSIG', null],
    ['https://oss.example/Signature=LINKSIG', null],
    [null, null],
  ])('of %s does not contain its signature', (publicUrl, id) => {
    expect(linkIdOfUrls({ publicUrl, internalUrl: null })).toBe(id);
    expect(id ?? '').toMatch(/^([0-9a-f]{16})?$/);
  });

  const publicUrl = 'https://oss.example/k?Signature=PUBLIC';
  const internalUrl = 'https://oss-internal.example/k?Signature=INTERNAL';

  it('is that of the public link if there are two', () => {
    expect(linkIdOfUrls({ publicUrl, internalUrl })).toBe(linkIdOf('PUBLIC'));
  });

  it.each([
    [internalUrl, linkIdOf('INTERNAL')],
    [null, null],
  ])('is that of %j if the public link is withheld', (internalUrl, linkId) => {
    const handed = { ...linkOf({ publicUrl, internalUrl }), reused: false };

    expect(withoutPublicLink(handed)).toMatchObject({ publicUrl: null, internalUrl, linkId });
  });
});
