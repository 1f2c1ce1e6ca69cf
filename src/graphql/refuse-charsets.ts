import type { onRequestHookHandler } from 'fastify';
import { sendError } from './send-error.js';

/** JSON is read as UTF-8; a body that says it is something else would be read wrong. */
export const refuseCharsets: onRequestHookHandler = (request, reply, done) => {
  const type = request.headers['content-type'] ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) {
    done();
    return;
  }
  sendError(reply, 415, 'BAD_REQUEST', UNREAD_CHARSET);
};

const UNREAD_CHARSET = 'The charset of the content type is not supported: send UTF-8.';
