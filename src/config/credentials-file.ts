/** A key pair from the credentials file of the cloud's CLI; missing values are empty. */
export interface Profile {
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * Reads a profile from `~/.jdc/config`, as written by `jdc configure add` with Python's
 * configparser: one section per profile, `name = value` or `name: value`, case-insensitive names,
 * `%` doubled.
 * @returns undefined if the profile does not exist
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
