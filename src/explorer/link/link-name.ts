/** The part of a link that may be shown: its query is the key to the data. */
export interface LinkName {
  /** Host and port. */
  readonly host: string;
  /** The last part of the path. */
  readonly fileName: string;
}

/** Reads a link; it is never printed again, that would break signatures. */
export function nameOfLink(link: string): LinkName {
  const { host, pathname } = new URL(link);
  return { host, fileName: decode(pathname.split('/').at(-1) ?? '') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
