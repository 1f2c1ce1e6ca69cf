import type { Readable } from 'node:stream';

/** Error bodies of stores are short; a page of a proxy need not be read to its end. */
const LONGEST = 16 * 1024;
const CODE =
  /<Code>\s*([A-Za-z0-9.]{1,60})\s*<\/Code>|"(?:status|code)"\s*:\s*"([A-Za-z0-9_.]{1,60})"/;

/**
 * Reads the code out of the body of an error: that of S3's XML, or of the JSON of the embedded upstream.
 * @returns null where there is none
 */
export async function readErrorCode(body: Readable): Promise<string | null> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += (chunk as Buffer).toString('latin1');
      if (text.length >= LONGEST) break;
    }
  } catch {
    // What came of it may do.
  }
  const [, xml, json] = CODE.exec(text.slice(0, LONGEST)) ?? [];
  return xml ?? json ?? null;
}
