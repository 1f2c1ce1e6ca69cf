import type { ServerResponse } from 'node:http';

/**
 * Allows any origin to fetch a link: the link itself is the credential, and no cookies are
 * involved.
 */
export function allowOtherOrigins(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader(
    'Access-Control-Expose-Headers',
    'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Last-Modified',
  );
}

/** Answers the preflight request that browsers send before resuming a cross-origin download. */
export function respondToPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers':
      'Range, If-Range, If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since',
    'Access-Control-Max-Age': '86400',
  });
  response.end();
}
