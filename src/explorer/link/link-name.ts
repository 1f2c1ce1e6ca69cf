/** The parts of a link that may be shown. The query is a credential and must not be. */
export interface LinkName {
  /** Host and port. */
  readonly host: string;
  /** Last path segment. */
  readonly fileName: string;
}

/** Parses a link. Never serialize the result: that would break the signature. */
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
