import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './process.js';

export function hasNginx() {
  return spawnSync('nginx', ['-v']).status === 0;
}

/** nginx with one worker serving `root`, configured as in Debian: sendfile, keep-alive. */
export async function startNginx(root) {
  const prefix = await mkdtemp(join(tmpdir(), 'bench-nginx-'));
  await mkdir(join(prefix, 'logs'));
  const file = join(prefix, 'nginx.conf');
  return startProcess(
    (port) => {
      const listen = `listen 127.0.0.1:${port}; root ${root};`;
      const http = `sendfile on; tcp_nopush on; access_log logs/access.log; server { ${listen} }`;
      execFileSync('tee', [file], {
        input: `user root; daemon off; worker_processes 1; pid nginx.pid; events {} http { ${http} }`,
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      return ['nginx', '-p', prefix, '-e', 'logs/error.log', '-c', file];
    },
    { name: 'nginx', probe: (origin) => fetch(`${origin}/`) },
  );
}
