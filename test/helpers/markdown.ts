/** The texts of the fenced blocks in a language, in their order. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}[^\\n]*\\n([^]*?)^\`\`\``, 'gm');
  return [...markdown.matchAll(fence)].map(([, text = '']) => text);
}

/** The headings of a page, as the anchors GitHub makes of them. */
export function headingsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The cells of every row of every table, without heads and their rulers. */
export function tableRows(markdown: string): string[][] {
  const lines = withoutCode(markdown).split('\n');
  return lines
    .filter((line, i) => line.startsWith('|') && !isRuler(line) && !isRuler(lines[i + 1] ?? ''))
    .map((line) => line.slice(1, -1).split('|'));
}

function isRuler(line: string): boolean {
  return /^\|(?:\s*:?-+:?\s*\|)+$/.test(line);
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```/gm, '');
}
