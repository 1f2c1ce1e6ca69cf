/**
 * Whether the host name of a parsed URL is loopback: browsers treat it as secure (Secure Contexts), and no other
 * machine answers to it (RFC 6761, section 6.3).
 */
export function isLoopbackHostname(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/;
