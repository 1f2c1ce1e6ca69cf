import stringWidth from 'string-width';

/** Cuts text to so many places of a terminal, where a wide character takes two. */
export function cutTo(text: string, width: number): string {
  // Longer text is wider, whatever its characters: names of others may have any length.
  const start = text.slice(0, 4 * Math.max(0, width) + 64);
  if (start === text && stringWidth(text) <= width) return text;
  let cut = '';
  let left = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(start)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return width < 2 ? '' : `${cut}…`;
}
