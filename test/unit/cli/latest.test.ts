import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { latestDownloadable, latestOfAll } from '../../../src/cli/service/latest.js';
import type { Backup } from '../../../src/cli/service/operations.js';

let count = 0;
function backup(facts: Partial<Backup>): Backup {
  count += 1;
  return {
    id: `r/i/${count}`,
    regionId: 'r',
    instanceId: 'i',
    backupId: String(count),
    name: null,
    engine: null,
    status: 'COMPLETED',
    mode: null,
    type: null,
    unit: null,
    startedAt: null,
    endedAt: null,
    sizeBytes: null,
    files: [],
    unavailableFileCount: 0,
    ...facts,
  };
}

const at = (hour: string, facts: Partial<Backup> = {}) =>
  backup({ startedAt: `2026-11-25T${hour}:00:00Z`, ...facts });

const first = at('01');
const [one, other] = [at('02', { id: 'r/i/b' }), at('02', { id: 'r/i/a' })];
const failed = at('03', { status: 'ERROR' });
const building = at('04', { status: 'BUILDING' });
const undated = backup({});
const rows = [first, one, other, failed, building, undated];

const inAnyOrder = fc.shuffledSubarray(rows, { minLength: rows.length });

describe('the latest backup', () => {
  it('is the newest that can be downloaded, always the same of two that began together', () => {
    fc.assert(
      fc.property(inAnyOrder, (shuffled) => {
        const { backup: latest, newer } = latestDownloadable(shuffled);
        expect(latest).toBe(one);
        expect(newer).toEqual([building, failed]);
      }),
    );
  });

  it('is the one that ended later of two that began together', () => {
    const ended = (id: string, endedAt: string | null) => at('02', { id, endedAt });
    const later = ended('r/i/a', '2026-11-25T03:00:00Z');
    const rows = [ended('r/i/z', '2026-11-25T02:30:00Z'), later, ended('r/i/y', null)];
    expect(latestDownloadable(rows).backup).toBe(later);
  });

  it('for who waits is the newest, whatever became of it, but for one that is being deleted', () => {
    fc.assert(
      fc.property(inAnyOrder, (shuffled) => {
        expect(latestOfAll([...shuffled, at('05', { status: 'DELETING' })])).toBe(building);
      }),
    );
    expect(latestOfAll([first, failed])).toBe(failed);
  });

  it('may be one without a start, where there is no other, or where it is being made', () => {
    expect(latestDownloadable([undated]).backup).toBe(undated);
    expect(latestDownloadable([undated, first]).backup).toBe(first);
    const starting = backup({ status: 'BUILDING' });
    expect(latestOfAll([starting, building])).toBe(starting);
  });

  it('is none where nothing can be downloaded', () => {
    expect(latestDownloadable([building])).toEqual({ backup: null, newer: [building] });
    expect(latestDownloadable([])).toEqual({ backup: null, newer: [] });
    expect(latestOfAll([])).toBeNull();
  });

  it('takes a kept backup of a deleted instance, and none in a state it does not know', () => {
    const kept = at('02', { status: 'RETAINED' });
    expect(
      latestDownloadable([first, kept, at('06', { status: null }), at('07', { status: 'NEW' })])
        .backup,
    ).toBe(kept);
  });
});
