import { defineConfig } from '@graphql-hive/gateway';

/** Tuned for speed: compiled plans, connections kept alive, nothing that is not asked for. */
export const gatewayConfig = defineConfig({
  jit: true,
  logging: 'error',
  graphiql: false,
  landingPage: false,
});
