/** What is here of a file so far. */
export interface Received {
  readonly bytes: number;
  /** From the first answer. It belongs to the file: every link to the file has the same one. */
  readonly etag: string;
}

/**
 * Starts a download, or continues one after the bytes that are here, with a new link if the old one has
 * expired. The answer is 206 if it continues, 200 if the file has changed: start over.
 * @throws Error if the link is refused, for example because it has expired
 */
export async function openDownload(link: string, received?: Received): Promise<Response> {
  const response = await fetch(link, {
    headers: received ? { range: `bytes=${received.bytes}-`, 'if-range': received.etag } : {},
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  // Without the link: messages end up in logs.
  if (!response.ok) throw new Error(`the store answered ${response.status}`);
  return response;
}
