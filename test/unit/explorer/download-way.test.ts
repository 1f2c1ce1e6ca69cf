import { describe, expect, it } from '@jest/globals';
import { firstFormOf } from '../../../src/explorer/link/commands.js';
import { downloadWayOf } from '../../../src/explorer/link/link-url.js';

describe('the way to download a link', () => {
  const unreadable = new Set(['https://kept.example:8443']);

  it.each([
    ['https:', 'https://store.example/a', true, 'page'],
    ['http:', 'http://store.example/a', true, 'page'],
    ['http:', 'http://store.example/a', false, 'browser'],
    ['https:', 'https://kept.example:8443/a', true, 'browser'],
    ['https:', 'https://kept.example/a', true, 'page'],
    ['https:', 'http://bucket.s3.cn-north-1.jdcloud-oss.com/x?X-Amz-Signature=s', true, 'neither'],
    ['https:', 'http://store.example/a', false, 'neither'],
    ['https:', 'http://127.0.0.1.example/a', true, 'neither'],
    ['https:', 'http://localhost.example/a', true, 'neither'],
    ['https:', 'http://10.0.0.1/a', true, 'neither'],
    // Loopback counts as a secure origin.
    ['https:', 'http://127.0.0.1:4001/a', true, 'page'],
    ['https:', 'http://[::1]:4001/a', true, 'page'],
    ['https:', 'http://store.localhost/a', true, 'page'],
  ])('from %s on %s, with saving to files: %s, is %s', (protocol, link, canSaveFiles, way) => {
    expect(downloadWayOf(link, { protocol, canSaveFiles, unreadable })).toBe(way);
  });
});

describe('the command offered first', () => {
  it.each([
    [{ userAgentData: { platform: 'Windows' }, platform: '' }, 'powershell'],
    [{ platform: 'Win32' }, 'powershell'],
    [{ userAgentData: { platform: '' }, platform: 'Win32' }, 'powershell'],
    [{ userAgentData: { platform: 'macOS' }, platform: 'MacIntel' }, 'curl'],
    [{ platform: 'Linux x86_64' }, 'curl'],
    [{ platform: 'Darwin' }, 'curl'],
    [{}, 'curl'],
  ])('on %j is %s', (hints, form) => {
    expect(firstFormOf(hints)).toBe(form);
  });
});
