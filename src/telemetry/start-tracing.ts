import type { TracingConfig } from '../config/tracing.js';
import type { Logger } from './logger.js';
import { describeError } from './redact.js';
import type { Tracing } from './tracing.js';

/**
 * Null if tracing is off, which avoids loading its large libraries. Failures are logged and do not
 * stop the product.
 */
export async function startTracing(
  config: TracingConfig | undefined,
  logger: Logger,
): Promise<Tracing | null> {
  if (config === undefined) return null;
  try {
    const { createOtelTracing } = await import('./otel-tracing.js');
    return createOtelTracing(config, logger);
  } catch (error) {
    logger.warn({ error: describeError(error) }, 'tracing disabled: could not set up the exporter');
    return null;
  }
}
