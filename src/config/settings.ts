import { z } from 'zod';
import { authShape } from './auth-settings.js';
import { embeddedShape } from './embedded-settings.js';
import { general, http, queryLimits } from './server-settings.js';
import { tracingShape } from './tracing.js';
import { upstreamShape } from './upstream-settings.js';
import { flag, oneOf } from './values.js';

/** Every setting by its name in the environment, with its format and default. */
export const settings = z.object({
  ...general.shape,
  ...http.shape,
  ...queryLimits.shape,
  ...authShape,
  ...upstreamShape,
  ...embeddedShape,
  ...tracingShape,
  UPSTREAM: oneOf('embedded', 'jdcloud').default('embedded'),
  NODE_ENV: z.string().optional(),
  INTROSPECTION: flag.optional(),
});

export type Settings = z.output<typeof settings>;
