/**
 * Parses the entity tags of If-Match or If-None-Match (RFC 9110, sections 8.8.3 and 5.6.1): weak
 * ones begin with `W/`. Empty if the list is malformed. Takes time linear in the header's length,
 * since anyone can send one.
 */
export function parseEntityTags(header: string): readonly string[] {
  // Quotes delimit tags, which can contain commas: every second part is the inside of a tag.
  const parts = header.split('"');
  const tags: string[] = [];
  for (let at = 1; at < parts.length; at += 2) {
    const before = parts[at - 1] ?? '';
    const inside = parts[at] ?? '';
    const prefix = before.endsWith('W/') ? 'W/' : '';
    const separator = before.slice(0, before.length - prefix.length);
    const isSeparated = at === 1 || separator.includes(',');
    if (!isSeparated || !isSeparator(separator) || !isOpaque(inside)) return [];
    tags.push(`${prefix}"${inside}"`);
  }
  const isClosed = parts.length % 2 === 1;
  return isClosed && isSeparator(parts.at(-1) ?? '') ? tags : [];
}

const isSeparator = (text: string): boolean => /^[ \t,]*$/.test(text);
const isOpaque = (text: string): boolean => /^[\x21\x23-\x7e\x80-\xff]*$/.test(text);

/**
 * Returns the ETag header if it is a strong entity tag, otherwise null. A weak one may stay the same
 * when bytes change (RFC 9110, section 8.8.1).
 */
export function strongTagOf(header: string | null | undefined): string | null {
  const tag = header?.trim() ?? '';
  return tag.length > 1 && tag.startsWith('"') && tag.endsWith('"') ? tag : null;
}

/** The tag without its weakness, for weak comparison (RFC 9110, section 8.8.3.2). */
export function opaqueTagOf(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
