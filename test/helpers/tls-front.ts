import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { listening, temporaryFolder } from './closing.js';

/** TLS in front of a plain HTTP server, with a certificate made for it. */
export interface TlsFront {
  /** For example `https://localhost:41234`. */
  readonly origin: string;
  /** The certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificateFile: string;
}

export async function startTlsFront(origin: string, name = 'localhost'): Promise<TlsFront> {
  const { certificateFile, ...credentials } = createCertificate(`DNS:${name}`);
  const behindIt = new URL(origin);
  const server = createServer(credentials, (client) => {
    const behind = connect(Number(behindIt.port), behindIt.hostname);
    client.pipe(behind).pipe(client);
    client.on('error', () => behind.destroy());
    behind.on('error', () => client.destroy());
  });
  server.on('tlsClientError', () => undefined);
  const { port } = await listening(server);
  return { origin: `https://${name}:${port}`, certificateFile };
}

/** A self-signed certificate. @param subject its alternative name, for example `DNS:localhost` */
export function createCertificate(subject: string): {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly certificateFile: string;
} {
  const folder = temporaryFolder();
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = [
    '-subj',
    `/CN=${subject.replace(/^.*:/, '')}`,
    '-addext',
    `subjectAltName=${subject}`,
  ];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', ['req', '-x509', ...key, ...names, ...files], { stdio: 'ignore' });
  return { key: readFileSync(keyFile), cert: readFileSync(certificateFile), certificateFile };
}
