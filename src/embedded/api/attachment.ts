import contentDisposition from 'content-disposition';
import { encodeRfc3986 } from '../../upstream/sign.js';

/**
 * The value of Content-Disposition with which clients save a file under its own name: a plain name
 * for clients that know no other, and the exact one of RFC 8187. Always ASCII without line breaks.
 */
export function attachment(fileName: string): string {
  const header = contentDisposition(fileName, { fallback: plainName(fileName) });
  return header.includes('filename*=')
    ? header
    : `${header}; filename*=UTF-8''${encodeRfc3986(fileName)}`;
}

/** Maximum characters of a plain name; percent-encoding can triple the 255 bytes of a name. */
const MAX_PLAIN = 200;

/**
 * An ASCII name that is unique per file and that `curl -OJ` can save: other characters are
 * percent-encoded as in the link. A long name is shortened before its suffix.
 */
function plainName(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  const [stem, suffix] = dot > 0 ? [fileName.slice(0, dot), fileName.slice(dot)] : [fileName, ''];
  const tail = toPlain(suffix).slice(0, MAX_PLAIN / 2);
  let plain = '';
  for (const character of stem) {
    const next = plain + toPlain(character);
    if (next.length + tail.length > MAX_PLAIN && !isAscii(fileName)) break;
    plain = next;
  }
  return plain + tail;
}

function toPlain(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f]/g, '_')
    .replace(/[^ -~]+/gu, (other) => encodeURIComponent(other));
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
