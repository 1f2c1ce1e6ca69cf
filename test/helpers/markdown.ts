/** The contents of the fenced code blocks of a language, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}[^\\n]*\\n([^]*?)^\`\`\``, 'gm');
  return [...markdown.matchAll(fence)].map(([, text = '']) => text);
}

/** The headings of a page as GitHub anchors. */
export function headingsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The cells of all table rows, without header and separator rows. */
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
