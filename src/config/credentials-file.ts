/** A key pair as the cloud's command line keeps it; what is absent is empty. */
export interface Profile {
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * Reads a profile from `~/.jdc/config`, which `jdc configure add` writes by Python's configparser: sections
 * by profile, `name = value` or `name: value`, names in any case, `%` written twice.
 * @returns undefined where there is no profile of that name
 */
export function profileOf(text: string, name: string): Profile | undefined {
  let section: string | undefined;
  let found: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[([^\]]*)\]/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    if (section !== name) continue;
    found ??= new Map();
    const [, key, value] = /^([^#;=:\s][^=:]*)[=:](.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) {
      found.set(key.trim().toLowerCase(), value.trim().replaceAll('%%', '%'));
    }
  }
  return (
    found && {
      accessKey: found.get('access_key') ?? '',
      secretKey: found.get('secret_key') ?? '',
    }
  );
}
