import { beforeEach, describe, expect, it } from '@jest/globals';
import { createTransferLine } from '../../../src/cli/terminal/transfer-line.js';

const MIB = 1024 * 1024;

let now = 0;
let written: string[] = [];

beforeEach(() => {
  now = 0;
  written = [];
});

function line(isTerminal: boolean) {
  return createTransferLine({
    write: (text) => void written.push(text),
    isTerminal,
    now: () => now,
  });
}

/** Ten times a second, so many bytes each, until all are there. */
function transfer(isTerminal: boolean, total: number, perStep: number, kept = 0): string[] {
  const { onProgress, end } = line(isTerminal);
  for (let done = kept; done < total;) {
    now += 100;
    done = Math.min(total, done + perStep);
    onProgress({ done, total, kept });
  }
  end();
  return written;
}

describe('how far a transfer is', () => {
  it('is said of what an earlier run has stored, while that is read', () => {
    const { onProgress } = line(true);
    for (let kept = 10; kept <= 80; kept += 10) {
      now += 1000;
      onProgress({ done: kept * MIB, total: 100 * MIB, kept: kept * MIB });
    }
    expect(written.at(-1)).toContain('80 %, 80.0 MiB of 100 MiB, checking what is stored');
    expect(written.join('')).not.toContain('stalled');
  });

  it('is one line a minute where no terminal is', () => {
    const lines = transfer(false, 1800 * MIB, MIB);
    expect(lines).toEqual([
      '33 %, 600 MiB of 1.76 GiB, 10.0 MiB/s, 2 min left\n',
      '66 %, 1.17 GiB of 1.76 GiB, 10.0 MiB/s, 1 min left\n',
      '100 %, 1.76 GiB of 1.76 GiB, 10.0 MiB/s, 0 s left\n',
    ]);
  });

  it('is one line that changes on a terminal, and goes at the end', () => {
    const lines = transfer(true, 10 * MIB, MIB);
    expect(lines[0]).toMatch(/^\r\u001b\[K20 %, 2\.00 MiB of 10\.0 MiB, 10\.0 MiB\/s, 1 s left$/);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('\r\u001b[K');
  });

  it('counts what an earlier run had sent as done, and not into the rate', () => {
    const [first] = transfer(true, 1000 * MIB, MIB, 900 * MIB);
    expect(first).toContain('90 %');
    expect(first).toContain('10.0 MiB/s, 10 s left');
  });

  it('is whole of nothing, and says nothing where nothing moves', () => {
    const { onProgress, end } = line(false);
    onProgress({ done: 0, total: 0, kept: 0 });
    end();
    expect(written).toEqual([]);
    now += 60_000;
    onProgress({ done: 0, total: 5, kept: 0 });
    expect(written).toEqual(['0 %, 0 B of 5 B, 0 B/s, stalled\n']);
  });
});
