import { Lexer, Source, TokenKind } from 'graphql';

/**
 * Characters of a name or an alias: generated operations may carry a hash, and file systems allow as
 * much. Names are repeated in paths, keys and messages, once for each row of a list.
 */
export const MAX_NAME_LENGTH = 255;

/**
 * Brackets of any kind that may be open at once. The parser and the rules of validation call
 * themselves for each, and 2,000 overflow the stack.
 */
export const MAX_NESTING = 200;

/**
 * What is wrong with the shape of a document, or null. The parser bounds neither names nor nesting, so
 * this looks before it. A document without a long word and with few brackets is read once, by character;
 * only one that has either is read by token, since both may stand in a string or a comment.
 */
export function shapeFault(document: string): string | null {
  if (!mayBeOutOfShape(document)) return null;
  const lexer = new Lexer(new Source(document));
  let open = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      if (token.kind === TokenKind.NAME && token.value.length > MAX_NAME_LENGTH) {
        return `A name in the query is too long: up to ${MAX_NAME_LENGTH} characters are allowed.`;
      }
      if (OPENING.has(token.kind)) open += 1;
      if (CLOSING.has(token.kind)) open -= 1;
      if (open > MAX_NESTING) {
        return `The query is too deep: up to ${MAX_NESTING} brackets may be open at once.`;
      }
    }
  } catch {
    // The parser stops at the same place and says what it found there.
  }
  return null;
}

const OPENING: ReadonlySet<string> = new Set([
  TokenKind.PAREN_L,
  TokenKind.BRACE_L,
  TokenKind.BRACKET_L,
]);
const CLOSING: ReadonlySet<string> = new Set([
  TokenKind.PAREN_R,
  TokenKind.BRACE_R,
  TokenKind.BRACKET_R,
]);

/** True for every document that is out of shape, and for few others. */
function mayBeOutOfShape(document: string): boolean {
  let word = 0;
  let opened = 0;
  for (let index = 0; index < document.length; index += 1) {
    const kind = KINDS[document.charCodeAt(index)] ?? OTHER;
    word = kind === WORD ? word + 1 : 0;
    if (kind === OPENS) opened += 1;
    if (word > MAX_NAME_LENGTH || opened > MAX_NESTING) return true;
  }
  return false;
}

const OTHER = 0;
const WORD = 1;
const OPENS = 2;

/** Of the characters of ASCII; a name has no others. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /\w/.test(character) ? WORD : '([{'.includes(character) ? OPENS : OTHER;
});
