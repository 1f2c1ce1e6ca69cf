import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from '../config/config.js';
import { codeOf } from '../domain/error-code.js';

/**
 * Tries the ports before anything starts, so that all that cannot be used are reported together.
 * @throws Error naming the settings
 */
export async function requirePorts({ host, port, upstream: { source } }: Config): Promise<void> {
  const ports = [
    { name: 'PORT', port },
    ...(source.kind === 'embedded' ? [{ name: 'EMBEDDED_PORT', port: source.port }] : []),
  ].filter((wanted) => wanted.port !== 0);
  const codes = await Promise.all(ports.map((wanted) => refusalOf(host, wanted.port)));
  const faults = ports.flatMap((wanted, i) => faultOf(wanted, host, codes[i] ?? null) ?? []);
  if (faults.length > 0) throw new Error([...new Set(faults)].join('\n  '));
}

/** The error code of listening there; null if it works. */
async function refusalOf(host: string, port: number): Promise<string | null> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    return codeOf(error) ?? 'unknown reason';
  }
  server.close();
  await once(server, 'close');
  return null;
}

interface NamedPort {
  readonly name: string;
  readonly port: number;
}

function faultOf({ name, port }: NamedPort, host: string, code: string | null): string | null {
  switch (code) {
    case null:
      return null;
    case 'EADDRINUSE':
      return `${name}: port ${port} of ${host} is in use; stop the program that uses it, or set ${name} to another port`;
    case 'EACCES':
      return `${name}: this user may not listen on port ${port}; set ${name} to a port above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST: ${host} is no address of this machine (${code}); 0.0.0.0 stands for all of them`;
    default:
      return `HOST, ${name}: cannot listen on port ${port} of ${host}: ${code}`;
  }
}
