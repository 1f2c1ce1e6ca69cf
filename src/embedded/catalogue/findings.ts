import type { Logger } from '../../telemetry/logger.js';

/** What can be wrong with a part of a store, and the line of the log that says so. */
const LINES = {
  manifest: 'invalid JSON manifest; skipping its backup or instance',
  notWhole: 'a backup is not whole: files are missing, or no link can lead to them',
  folder: 'cannot read a folder; requests that need it fail',
  files: 'cannot read the files of a backup',
  symbolicLink: 'skipping a symbolic link to a folder of backups',
  openFile: 'cannot open a file; refusing its downloads',
} as const;

/**
 * Warns of a finding at a place once, and again only after it was mended in between.
 * @param facts null if there is nothing to report now
 */
export type ReportFinding = (
  finding: keyof typeof LINES,
  place: string,
  facts: object | null,
) => void;

/** Findings remembered; others are not reported until some of these are mended. */
const MAX_FINDINGS = 10_000;
/** Names in a line of the log. */
const LOGGED_NAMES = 10;

export function createFindings(logger: Logger): ReportFinding {
  const reported = new Set<string>();
  return (finding, place, facts) => {
    // Nearly always empty: no name is built for what is in order.
    if (facts === null && reported.size === 0) return;
    const name = `${finding} ${place}`;
    if (facts === null) reported.delete(name);
    else if (!reported.has(name) && reported.size < MAX_FINDINGS) {
      reported.add(name);
      logger.warn(facts, LINES[finding]);
    }
  };
}

/** The facts of a backup that is not whole. */
export function notWholeFacts(backup: string, unavailable: readonly string[]): object {
  return { backup, count: unavailable.length, unavailable: unavailable.slice(0, LOGGED_NAMES) };
}
