import { describe, expect, it } from '@jest/globals';
import { detectLanguage } from '../../../src/explorer/i18n/languages.js';
import { en } from '../../../src/explorer/i18n/en.js';
import { zh } from '../../../src/explorer/i18n/zh.js';

/** Every text of a dictionary by its path; functions are called with samples. */
function textsOf(words: object, path = ''): [path: string, text: string][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
    const place = `${path}${key}`;
    if (typeof value === 'string') return [[place, value]];
    if (typeof value === 'function')
      return [[place, String(sample(value as (...values: unknown[]) => unknown))]];
    return textsOf(value as object, `${place}.`);
  });
}

/** Texts with names take a list; numbers stand for all else. */
function sample(text: (...values: unknown[]) => unknown): unknown {
  try {
    return text(7, 9, 12);
  } catch {
    return text(['7', '9']);
  }
}

/** Names that are the same in every language, and placeholders. */
const NAMES =
  /SQL Server|backups:download|curl|wget|JWT|\bID\b|sh、bash|zsh|PowerShell|Windows|https?|Content-Encoding|backups get|AUTH=none|AUTH=jwt|ALLOW_ANONYMOUS=true|cn-(north|east|south)-\d|htmlLang|zh-CN|\d+/g;

describe('the translations', () => {
  it('have the same keys', () => {
    const keysOf = (words: object) => textsOf(words).map(([path]) => path);
    expect(keysOf(zh)).toEqual(keysOf(en));
  });

  it('contain no English words in Chinese', () => {
    const mixed = textsOf(zh).filter(([, text]) => /[a-z]{2,}/i.test(text.replaceAll(NAMES, '')));
    expect(mixed).toEqual([]);
  });

  it('contain no Chinese in English', () => {
    expect(textsOf(en).filter(([, text]) => /\p{Script=Han}/u.test(text))).toEqual([]);
  });

  it('set a Latin name apart from Chinese text, and no other', () => {
    expect(zh.instancesOf('nowhere')).toBe('nowhere 的实例');
    expect(zh.instancesOf(zh.regionName('cn-north-1', 'Beijing'))).toMatch(/）的实例$/);
    expect(zh.backupsOf('订单库')).toBe('订单库的备份');
  });

  it('cover every error code', () => {
    for (const text of [...Object.values(en.errors), ...Object.values(zh.errors)]) {
      expect(text).toMatch(/[.。]$/);
    }
  });
});

describe('the language for', () => {
  it.each([
    [['zh-CN', 'en'], 'zh'],
    [['zh'], 'zh'],
    [['ZH-Hant-TW'], 'zh'],
    [['fr-FR', 'zh-TW', 'en'], 'zh'],
    [['fr', 'de'], 'en'],
    [['en-GB', 'zh'], 'en'],
    [['zhx'], 'en'],
    [[], 'en'],
  ] as const)('%j is %s', (preferred, language) => {
    expect(detectLanguage(preferred)).toBe(language);
  });
});
