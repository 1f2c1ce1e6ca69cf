import { describe, expect, it } from '@jest/globals';
import { isLocalRequest, isLoopbackAddress } from '../../../src/auth/local-client.js';

describe('an address of this machine', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    '%s',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true);
    },
  );

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1.example', '1127.0.0.1', '::2', '', undefined])(
    'is not %s',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false);
    },
  );
});

describe('a request of this machine', () => {
  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:4000',
    '127.0.0.1:4000',
    '[::1]:4000',
    '[::1]',
    'backups.internal:4000',
  ])('calls it %s', (host) => {
    expect(isLocalRequest({ remoteAddress: '127.0.0.1', host }, 'backups.internal')).toBe(true);
  });

  it.each([
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example#localhost',
    'user@localhost',
    '10.0.0.1:4000',
    '',
    undefined,
  ])('does not call it %s', (host) => {
    expect(isLocalRequest({ remoteAddress: '127.0.0.1', host }, 'backups.internal')).toBe(false);
  });

  it.each([
    [{ forwardedFor: '127.0.0.1' }, true],
    [{ forwardedFor: '::1, 127.0.0.1' }, true],
    [{ forwardedFor: '8.8.8.8' }, false],
    [{ forwardedFor: '8.8.8.8, 127.0.0.1' }, false],
    [{ forwardedFor: '127.0.0.1, unknown' }, false],
    [{ forwarded: 'for=8.8.8.8' }, false],
  ])('that a proxy brings with %j is one: %s', (headers, isLocal) => {
    const origin = { remoteAddress: '127.0.0.1', host: 'localhost:4000', ...headers };
    expect(isLocalRequest(origin, '127.0.0.1')).toBe(isLocal);
  });

  it('does not come from elsewhere, whatever it calls it', () => {
    const origin = { remoteAddress: '10.0.0.1', host: 'localhost:4000' };
    expect(isLocalRequest(origin, '0.0.0.0')).toBe(false);
  });
});
