import { rootCodeOf } from '../../domain/error-code.js';
import { EXIT } from '../exit-codes.js';
import { ServiceError } from './service-error.js';

const CERTIFICATE =
  /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT_ALTNAME_INVALID|CRL_|HOSTNAME_MISMATCH/;

/** Refused at once, or asking the wrong host: asking again within seconds changes nothing. */
const LASTING = new Set([
  'PROXY_HTTP_407',
  'PROXY_HTTP_403',
  'PROXY_UNREACHABLE',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EACCES',
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** Whether a code of Node or OpenSSL says that a certificate is not trusted. */
export function isUntrustedCertificate(code: string): boolean {
  return CERTIFICATE.test(code);
}

/** The failure that a connection ended with. @param address of the service, as it may be shown */
export function toConnectionError(error: unknown, address: string): ServiceError {
  const code = rootCodeOf(error) ?? 'unknown reason';
  const isTransient = !LASTING.has(code) && !isUntrustedCertificate(code);
  return new ServiceError(EXIT.network, explain(code, address), code, isTransient);
}

function explain(code: string, address: string): string {
  if (isUntrustedCertificate(code)) {
    return `The certificate of ${address} is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the certificate of its authority.`;
  }
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing listens at ${address}: start the service, or give its address with --url or BACKUPS_URL.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host of ${address} cannot be found: check --url or BACKUPS_URL, and the network.`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${address} does not speak TLS: should --url begin with http://?`;
    case 'PROXY_CLOSED':
      return `The proxy opened no connection to ${address}: check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY.`;
    case 'PROXY_UNREACHABLE':
      return 'The proxy cannot be reached: check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY.';
    case 'PROXY_HTTP_407':
      return 'The proxy requires a password: put it in HTTPS_PROXY or HTTP_PROXY.';
    default:
      return `The connection to ${address} failed (${code}): check the network and try again.`;
  }
}
