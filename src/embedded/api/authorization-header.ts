/** The parts of an `Authorization` header of JDCLOUD2-HMAC-SHA256. */
export interface ParsedAuthorization {
  readonly accessKeyId: string;
  /** `yyyymmdd`. */
  readonly day: string;
  readonly regionId: string;
  readonly service: string;
  /** Lower-case names, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
}

const FORM =
  /^JDCLOUD2-HMAC-SHA256 Credential=([\w-]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/jdcloud2_request, SignedHeaders=([a-z0-9_-]+(?:;[a-z0-9_-]+)*), Signature=([0-9a-f]{64})$/;

/** Parses the header; null unless it has the documented form. */
export function parseAuthorization(header: string): ParsedAuthorization | null {
  const [, accessKeyId, day, regionId, service, names, signature] = FORM.exec(header) ?? [];
  if (!accessKeyId || !day || !regionId || !service || !names || !signature) return null;
  const signedHeaders = names.split(';');
  const isSorted = signedHeaders.every((name, i) => i === 0 || (signedHeaders[i - 1] ?? '') < name);
  return isSorted ? { accessKeyId, day, regionId, service, signedHeaders, signature } : null;
}
