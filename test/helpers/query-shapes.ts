/** `count` pieces of a document, each created from its index. */
export function repeat(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join(' ');
}

/** `count` links of one backup, each of another file. */
export function aliasedLinks(count: number, prefix = 'a'): string {
  return repeat(count, (i) => `${prefix}${i}: downloadURL(fileName: "${i}.bak") { __typename }`);
}
