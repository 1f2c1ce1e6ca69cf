import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** TLS in front of a plain HTTP server, with a certificate made for it. */
export interface TlsFront {
  /** For example `https://localhost:41234`. */
  readonly origin: string;
  /** The certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificateFile: string;
  close(): Promise<void>;
}

export async function startTlsFront(origin: string, name = 'localhost'): Promise<TlsFront> {
  const folder = mkdtempSync(join(tmpdir(), 'tls-front-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...files], { stdio: 'ignore' });

  const credentials = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const { hostname, port } = new URL(origin);
  const server = createServer(credentials, (client) => {
    const behind = connect(Number(port), hostname);
    client.pipe(behind).pipe(client);
    client.on('error', () => behind.destroy());
    behind.on('error', () => client.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://${name}:${(server.address() as AddressInfo).port}`,
    certificateFile,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
