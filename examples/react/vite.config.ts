import { defineConfig } from 'vite';

/** The page and the service share an origin, so no CORS rules apply. */
const proxy = { '/graphql': process.env['SERVICE'] ?? 'http://127.0.0.1:4000' };

export default defineConfig({ server: { proxy }, preview: { proxy } });
