import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSeal } from '../../../src/links/seal.js';

const secret = randomBytes(32);
const seal = createSeal(secret);
const TEXT = '{"publicUrl":"https://oss.example/k?Signature=a+b/c=="}';

describe('a seal', () => {
  it('opens what was sealed with the same secret and name', () => {
    expect(createSeal(secret).open('name', seal.seal('name', TEXT))).toBe(TEXT);
  });

  it('never produces the same text twice, and reveals nothing', () => {
    const [one, other] = [seal.seal('name', TEXT), seal.seal('name', TEXT)];

    expect(one.equals(other)).toBe(false);
    expect(one.toString('latin1')).not.toMatch(/oss\.example|Signature/);
  });

  it('rejects another name and another secret', () => {
    const sealed = seal.seal('name', TEXT);

    expect(seal.open('another', sealed)).toBeUndefined();
    expect(createSeal(randomBytes(32)).open('name', sealed)).toBeUndefined();
  });

  it('rejects a change in any byte', () => {
    const { length } = seal.seal('name', TEXT);
    for (let index = 0; index < length; index += 1) {
      const sealed = seal.seal('name', TEXT);
      sealed[index] = sealed[index]! ^ 1;

      expect(seal.open('name', sealed)).toBeUndefined();
    }
  });

  it.each([0, 1, 12, 27, 28, 40])('rejects truncation to %i bytes', (length) => {
    expect(seal.open('name', seal.seal('name', TEXT).subarray(0, length))).toBeUndefined();
  });

  it('derives the same name from the same secret only, without revealing the key', () => {
    const name = seal.nameOf('alice/cn-north-1');

    expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect(createSeal(secret).nameOf('alice/cn-north-1')).toBe(name);
    expect(seal.nameOf('bob/cn-north-1')).not.toBe(name);
    expect(createSeal(randomBytes(32)).nameOf('alice/cn-north-1')).not.toBe(name);
  });
});
