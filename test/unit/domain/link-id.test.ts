import { expect, it } from '@jest/globals';
import { linkIdOf, linkIdOfUrl } from '../../../src/domain/link-id.js';

it.each([
  ['http://127.0.0.1:4001/download/a?Expires=1&Signature=LINKSIG', linkIdOf('LINKSIG')],
  ['https://b.s3.example/k?X-Amz-Expires=60&X-Amz-Signature=LINKSIG&x=1', linkIdOf('LINKSIG')],
  ['https://oss.example/k?Signature=a+b/c==&Expires=1', linkIdOf('a+b/c==')],
  ['https://oss.example/k?NoSignature=LINKSIG', null],
  ['https://oss.example/Signature=LINKSIG', null],
])('the link %s is named without its signature', (url, id) => {
  expect(linkIdOfUrl(url)).toBe(id);
  expect(id ?? '').toMatch(/^([0-9a-f]{16})?$/);
});
