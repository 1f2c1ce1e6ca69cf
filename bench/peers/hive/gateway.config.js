import { defineConfig } from '@graphql-hive/gateway';

/** Tuned for speed: compiled plans, persistent connections, nothing optional. */
export const gatewayConfig = defineConfig({
  jit: true,
  logging: 'error',
  graphiql: false,
  landingPage: false,
});
