import { randomBytes } from 'node:crypto';
import { createProduct, createRedis, createStore } from './processes.js';
import { startProxy } from './proxy.js';

/**
 * Two replicas of the product behind a load balancer, sharing a Redis, with a store of backups
 * behind an unreliable connection. Everything runs locally on free ports.
 */
export async function startFleet(env = {}) {
  const credentials = {
    JDCLOUD_ACCESS_KEY_ID: `FLEET${randomBytes(4).toString('hex')}`,
    JDCLOUD_SECRET_ACCESS_KEY: randomBytes(16).toString('hex'),
  };
  // Few enough for attackers to take them all.
  const limits = { MAX_CONCURRENT_REQUESTS: '128', MAX_DOWNLOADS: '64' };
  const [store, redis] = [await createStore(credentials, limits), await createRedis()];
  await Promise.all([store.start(), redis.start()]);
  const wire = await startProxy([store.upstreamOrigin]);
  const settings = {
    ...credentials,
    UPSTREAM: 'jdcloud',
    JDCLOUD_ENDPOINT: wire.origin,
    UPSTREAM_MAX_PER_MINUTE: '1000000',
    REDIS_URL: redis.url,
    CACHE_KEY: randomBytes(32).toString('base64'),
    // Long enough for the load balancer to notice failing readiness.
    DRAIN_DELAY_MS: '500',
    ...limits,
    ...env,
  };
  const replicas = [await createProduct(settings), await createProduct(settings)];
  await Promise.all(replicas.map((replica) => replica.start()));
  const balancer = await startProxy(
    replicas.map(({ origin }) => origin),
    { probes: true },
  );
  return {
    origin: balancer.origin,
    replicas,
    redis,
    wire,
    /** Origin of the downloads. */
    storeOrigin: store.upstreamOrigin,
    addBackup: store.addBackup,
    close: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      balancer.close();
      wire.close();
      await Promise.all([store.stop(), redis.stop()]);
    },
  };
}
