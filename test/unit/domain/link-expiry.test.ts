import { describe, expect, it } from '@jest/globals';
import { linkExpiry, linkLife } from '../../../src/domain/link-expiry.js';

const issuedAt = new Date('2026-11-25T10:00:00Z');

const expiryInLink = (publicUrl: string) => linkExpiry({ publicUrl, internalUrl: null, issuedAt });

describe('the expiry in a link', () => {
  it.each([
    [
      'http://oss.example/b/k.xbstream?Expires=1795600800&AccessKey=AK&Signature=a+b/c==',
      1795600800,
    ],
    ['https://oss.example/k?AWSAccessKeyId=AK&Expires=1795600800&Signature=s%2B', 1795600800],
    [
      'https://s3.example/k?X-Amz-Date=20261125T100000Z&X-Amz-Expires=300&X-Amz-Signature=f',
      1795601100,
    ],
    ['https://s3.example/k?x-amz-expires=60&x-amz-date=20261231T235930Z', 1798761630],
    ['https://oss.example/k?Expires=0', 0],
    ['https://oss.example/k?Expires=253402300799', 253_402_300_799],
    ['https://s3.example/k?X-Amz-Date=99991231T235500Z&X-Amz-Expires=299', 253_402_300_799],
    ['https://oss.example/k?Signature=a/Expires=1&Expires=1795600800#Expires=2', 1795600800],
  ])('%s', (link, epochSeconds) => {
    expect(expiryInLink(link)).toEqual(new Date(epochSeconds * 1000));
  });

  it.each([
    'https://oss.example/k',
    'https://oss.example/k?Expires=',
    'https://oss.example/k#?Expires=1795600800',
    'https://oss.example/Expires=1795600800',
    'https://oss.example/k?NeverExpires=1795600800',
    'https://oss.example/k?Expires=soon',
    'https://oss.example/k?Expires=-5',
    'https://oss.example/k?X-Amz-Date=20261125T100000Z',
    'https://oss.example/k?X-Amz-Expires=300',
    'https://oss.example/k?X-Amz-Date=20261325T990000Z&X-Amz-Expires=300',
    'https://oss.example/k?Expires=253402300800',
    'https://oss.example/k?Expires=999999999999',
    'https://oss.example/k?Expires=1795600800000000',
    `https://oss.example/k?Expires=${'9'.repeat(400)}`,
    'https://oss.example/k?X-Amz-Date=99991231T235500Z&X-Amz-Expires=300',
    'https://oss.example/k?X-Amz-Date=20261125T100000Z&X-Amz-Expires=999999999999',
    'https://oss.example/k?X-Amz-Date=00010101T000000Z&X-Amz-Expires=300',
    'https://oss.example/k?X-Amz-Date=19691231T235000Z&X-Amz-Expires=300',
  ])('is not read from %s', (link) => {
    expect(expiryInLink(link)).toBeNull();
  });
});

describe('the expiry returned to callers', () => {
  const plain = 'https://oss.example/k';
  const until = (seconds: number) => `${plain}?Expires=${issuedAt.getTime() / 1000 + seconds}`;
  const after = (seconds: number) => new Date(issuedAt.getTime() + seconds * 1000);

  it('is that of the link, whatever lifetime was requested', () => {
    const facts = { publicUrl: until(300), internalUrl: null, issuedAt, lifetime: 86_400 };
    expect(linkExpiry(facts)).toEqual(after(300));
  });

  it('is the issue time plus the requested lifetime if the link has none', () => {
    const facts = { publicUrl: plain, internalUrl: plain, issuedAt, lifetime: 60 };
    expect(linkExpiry(facts)).toEqual(after(60));
  });

  it('is unknown without a requested lifetime', () => {
    expect(linkExpiry({ publicUrl: plain, internalUrl: null, issuedAt })).toBeNull();
  });

  it('is null without a link', () => {
    const facts = { publicUrl: null, internalUrl: null, issuedAt, lifetime: 60 };
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(600) })).toBeNull();
  });

  it('is the earlier one of two links', () => {
    const facts = { publicUrl: until(300), internalUrl: until(200), issuedAt };
    expect(linkExpiry(facts)).toEqual(after(200));
  });

  it('is never later than that of the signing credential', () => {
    const facts = { publicUrl: until(86_400), internalUrl: null, issuedAt };
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(600) })).toEqual(after(600));
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(90_000) })).toEqual(after(86_400));
  });

  it('is that of the credential if a longer lifetime was requested', () => {
    const facts = { publicUrl: plain, internalUrl: null, issuedAt, lifetime: 86_400 };
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(600) })).toEqual(after(600));
  });

  it('is unknown if only the expiry of the credential is known', () => {
    const facts = { publicUrl: plain, internalUrl: plain, issuedAt };
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(43_200) })).toBeNull();
  });

  it('is unknown if the year in the link has more than four digits', () => {
    const never = `${plain}?Expires=999999999999`;
    const facts = { publicUrl: never, internalUrl: null, issuedAt, lifetime: 60 };
    expect(linkExpiry(facts)).toBeNull();
    expect(linkExpiry({ ...facts, credentialExpiresAt: after(600) })).toBeNull();
    expect(linkExpiry({ ...facts, internalUrl: until(200) })).toEqual(after(200));
  });
});

describe('the lifetime of a link', () => {
  const answeredAt = new Date('2026-01-31T12:00:00Z');

  it.each<[string, string | null, number | undefined, number | null]>([
    ['lasts until its end', '2026-01-31T12:05:00Z', undefined, 300_000],
    ['is never longer than was asked for', '2026-01-31T12:15:00Z', 60, 60_000],
    ['may be shorter than was asked for', '2026-01-31T12:00:30Z', 60, 30_000],
    ['is over with its end', '2026-01-31T11:59:00Z', 60, 0],
    ['is never longer than a day', '9999-12-31T23:59:59Z', undefined, 86_400_000],
    ['is not known without an end', null, 60, null],
  ])('%s', (_, end, lifetime, expected) => {
    const expiresAt = end === null ? null : new Date(end);
    const asked = lifetime === undefined ? {} : { lifetime };

    expect(linkLife({ expiresAt, answeredAt, ...asked })).toBe(expected);
  });
});
