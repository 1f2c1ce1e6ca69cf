import { BlockList, isIP } from 'node:net';

/**
 * Reads HTTP_PROXY and its like as other programs do: `http://` can be left out, and a `%` in a password can stand
 * for itself. Null for anything but an http or https proxy.
 */
export function readProxyAddress(text: string): string | null {
  const address = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) return null;
  if (isDecodable(url.username + url.password)) return address;
  for (const name of ['username', 'password'] as const) {
    if (!isDecodable(url[name])) url[name] = url[name].replaceAll('%', '%25');
  }
  return url.href;
}

/** Whether NO_PROXY has a range of addresses, as `192.0.2.0/24`, that `host` is in. Names are in none. */
export function isInNoProxyRange(host: string, noProxy: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0) return false;
  const ranges = new BlockList();
  for (const entry of noProxy.split(/[\s,]/)) {
    const [network = '', bits = ''] = entry.split('/');
    const type = isIP(network);
    const isRange = /^\d{1,3}$/.test(bits) && Number(bits) <= (type === 4 ? 32 : 128);
    if (type !== 0 && isRange) ranges.addSubnet(network, Number(bits), `ipv${type as 4 | 6}`);
  }
  return ranges.check(address, `ipv${family as 4 | 6}`);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
