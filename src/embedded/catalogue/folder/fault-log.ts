import { relative } from 'node:path';
import type { Logger } from '../../../telemetry/logger.js';
import { codeOf } from '../../../domain/error-code.js';

/** Reports files and folders that cannot be read: once each, and again only after they could be in between. */
export interface FaultLog {
  failed(path: string, error: unknown, message: string): void;
  worked(path: string): void;
}

/** Paths remembered; beyond that the oldest is reported again. */
const MAX_PATHS = 1000;

/** @param root what reported paths are relative to */
export function createFaultLog(root: string, logger: Logger): FaultLog {
  const failing = new Set<string>();
  return {
    failed(path, error, message) {
      if (failing.has(path)) return;
      const [oldest] = failing;
      if (failing.size === MAX_PATHS && oldest !== undefined) failing.delete(oldest);
      failing.add(path);
      const file = relative(root, path) || '.';
      logger.warn({ file, code: codeOf(error) ?? 'unknown' }, message);
    },
    worked: (path) => void failing.delete(path),
  };
}
