/** The part of a file that has been saved. */
export interface Received {
  readonly bytes: number;
  /** From the first response. It identifies the file and is the same for all its links. */
  readonly etag: string;
}

/**
 * Starts a download, or resumes one after the received bytes, with a new link if the old one has
 * expired. The response is 206 if it continues the file, 200 if the file has changed: start over.
 * @throws Error if the link is refused, for example because it has expired
 */
export async function openDownload(link: string, received?: Received): Promise<Response> {
  const response = await fetch(link, {
    headers: received ? { range: `bytes=${received.bytes}-`, 'if-range': received.etag } : {},
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  // Do not include the link: messages end up in logs.
  if (!response.ok) throw new Error(`the store answered ${response.status}`);
  return response;
}
