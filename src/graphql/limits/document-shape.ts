import { Lexer, Source, TokenKind } from 'graphql';

/**
 * Maximum characters of a name or alias: generated operations can contain a hash, and file systems
 * allow as much. Names are repeated in paths, keys and messages, once per row of a list.
 */
export const MAX_NAME_LENGTH = 255;

/**
 * Maximum open brackets of any kind. Parser and validation rules recurse for each; 2,000 overflow
 * the stack.
 */
export const MAX_NESTING = 200;

/**
 * Describes what is wrong with the shape of a document, or null. The parser bounds neither names
 * nor nesting, so this runs before it. A document without long words and with few brackets is
 * scanned once by character; only others are tokenized, since words and brackets can be in strings
 * or comments.
 */
export function shapeFault(document: string): string | null {
  if (!mayBeOutOfShape(document)) return null;
  const lexer = new Lexer(new Source(document));
  let open = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      if (token.kind === TokenKind.NAME && token.value.length > MAX_NAME_LENGTH) {
        return `A name in the query is too long; the limit is ${MAX_NAME_LENGTH} characters.`;
      }
      if (OPENING.has(token.kind)) open += 1;
      if (CLOSING.has(token.kind)) open -= 1;
      if (open > MAX_NESTING) {
        return `The query is nested too deeply; the limit is ${MAX_NESTING} open brackets.`;
      }
    }
  } catch {
    // The parser stops at the same place and reports the error.
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

/** True for every malformed document, and for few others. */
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

/** Kinds of ASCII characters; names contain no others. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /\w/.test(character) ? WORD : '([{'.includes(character) ? OPENS : OTHER;
});
