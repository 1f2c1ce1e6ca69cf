import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** Headers, links, names and messages come from others; this is the longest header accepted. */
const LENGTH = 16_384;
/** Milliseconds; linear expressions take less than one, quadratic ones 100 and more. */
const SLOW_MS = 30;
/** Milliseconds for all inputs of one expression, of which exponential ones never reach the end. */
const HANG_MS = 20_000;

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Without one of these, an expression reads at most as many characters as it has. */
const REPEATS = /[*+]|,\}/;

/** Every regular expression of the product that repeats something. */
function expressionsOfProduct(): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node) && REPEATS.test(node.text)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(name)) continue;
    const text = readFileSync(join(SRC, name), 'utf8');
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest));
  }
  return [...found];
}

/** Matched by some class of nearly every expression. */
const COMMON = ['a', '0', ' ', '\n', '-', '.', '\u00e9'];

/** The words and single characters an expression names, as pieces to attack it with. */
function piecesOf(expression: string): { words: string[]; characters: string[] } {
  const plain = expression
    .slice(1, expression.lastIndexOf('/'))
    .replace(
      /\\[dDwWsSbBnrt]|\\[pP]\{\w+\}|\\u\{?[\da-f]+\}?|\\x[\da-f]{2}|\(\?<?\w*[>:=!]/gi,
      '\n',
    )
    .replace(/\\(.)/g, '$1')
    .replace(/(\w)\?/g, '$1');
  const words = plain.match(/[\w:/=.+ -]{2,}/g) ?? [];
  const characters = [
    ...(plain.match(/[^\s\w]/g) ?? []),
    ...(plain.match(/\w/g) ?? []).slice(0, 4),
  ];
  return { words: [...new Set(words)].slice(0, 6), characters: [...new Set(characters)] };
}

/** Long runs of one or two pieces, after a start that an anchored expression accepts. */
function attacksOn(expression: string): string[] {
  const { words, characters } = piecesOf(expression);
  const singles = [...new Set([...COMMON, ...characters, ...words])];
  const few = [...new Set(['a', ' ', ...characters])].slice(0, 6);
  const pairs = few.flatMap((one) => few.filter((two) => two !== one).map((two) => one + two));
  const starts = ['', '"a"', ...characters.slice(0, 1), ...words.slice(0, 2)];
  return starts.flatMap((start) =>
    [...singles, ...pairs].map((piece) => `${start}${piece.repeat(LENGTH / piece.length)}\n\u0001`),
  );
}

/** Runs in a context of its own, where an expression that never ends can be stopped. */
const MEASURE = `(() => {
  const measure = (text) => {
    const started = now();
    expression.lastIndex = 0;
    expression.exec(text);
    if (expression.global) text.replace(expression, '');
    return now() - started;
  };
  // Compiling and collecting garbage can slow one measurement, but not all.
  return attacks.find((text) => [1, 2, 3, 4].every(() => measure(text) > slowMs));
})()`;

/** Processor time of this process, which other work on the machine does not lengthen. */
const processorMs = (): number => process.cpuUsage().user / 1000;

/** The beginning of an attack that takes more than linear time, if any. */
function slowAttackOn(expression: string, timeout = HANG_MS): string | undefined {
  const attacks = attacksOn(expression);
  const context = createContext({ attacks, slowMs: SLOW_MS, now: processorMs });
  runInContext(`expression = ${expression}`, context);
  try {
    return (runInContext(MEASURE, context, { timeout }) as string | undefined)?.slice(0, 20);
  } catch (error) {
    return String(error);
  }
}

describe('every regular expression of the product takes time linear in what it reads', () => {
  it.each(expressionsOfProduct())('%s', (expression) => {
    expect(slowAttackOn(expression)).toBeUndefined();
  });

  it.each([
    String.raw`/[. ]+$/`,
    String.raw`/\/+$/`,
    String.raw`/^[^=]*[^=\s][^=]*=/`,
    String.raw`/^(\w+\s?)*$/`,
    String.raw`/(https?:\/\/[^\s?#]*)[?#]\S*/gi`,
    String.raw`/\b((?:[\w-]*(?:token|secret\w*)))=[^\s&"']*/gi`,
    String.raw`/^[ \t,]*"[^"]*"(?:[ \t]*,[ \t]*(?:"[^"]*")?)*[ \t]*$/`,
  ])('finds what is not: %s', (expression) => {
    expect(slowAttackOn(expression, 300)).toBeDefined();
  });
});
