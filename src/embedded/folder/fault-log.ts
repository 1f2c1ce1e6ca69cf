import type { Logger } from '../../telemetry/logger.js';

/**
 * Warns of a fault of a file or folder once, and again only after it was mended in between.
 * @param facts null if there is no fault now
 */
export type ReportFault = (path: string, facts: object | null, message: string) => void;

/** Faults remembered; beyond that the oldest is reported again. */
const MAX_FAULTS = 1000;

export function createFaultLog(logger: Logger): ReportFault {
  const failing = new Set<string>();
  return (path, facts, message) => {
    // Nearly always empty: no name is built for what is in order.
    if (failing.size === 0 && facts === null) return;
    const name = `${path} ${message}`;
    if (facts === null) failing.delete(name);
    else if (!failing.has(name)) {
      const [oldest] = failing;
      if (failing.size === MAX_FAULTS && oldest !== undefined) failing.delete(oldest);
      failing.add(name);
      logger.warn(facts, message);
    }
  };
}
