/** What is here of a file so far. */
export interface Received {
  readonly bytes: number;
  /** As the first answer had it. It belongs to the file: another link of the same file has the same. */
  readonly etag: string;
}

/**
 * Opens a download, or goes on with one behind what is here, with a new link where the old one has
 * ended. The answer is 206 when it goes on, 200 when the file has changed: start over.
 * @throws Error when the link is refused, as an ended one is
 */
export async function openDownload(link: string, received?: Received): Promise<Response> {
  const response = await fetch(link, {
    headers: received ? { range: `bytes=${received.bytes}-`, 'if-range': received.etag } : {},
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  // The link itself is not to stand in the message: messages end up in logs.
  if (!response.ok) throw new Error(`the store answered ${response.status}`);
  return response;
}
