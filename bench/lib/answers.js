import { INSTANCES, rowsOf } from './data.js';

const LISTS = new Map(
  INSTANCES.map((id) => {
    const backup = rowsOf(id);
    return [
      id,
      JSON.stringify({ requestId: 'req-list', result: { backup, totalCount: backup.length } }),
    ];
  }),
);

/**
 * The response body for a path, as text, or null for an unknown route. Accepts any signature:
 * verifying them is not measured.
 * @param target raw path and query
 */
export function answerTo(target) {
  const { pathname, searchParams } = new URL(target, 'http://upstream');
  if (pathname.endsWith('/backups')) return LISTS.get(searchParams.get('instanceId')) ?? null;
  const [, backupId] = /\/backups\/([^/]+)\/downloadURLs$/.exec(pathname) ?? [];
  return backupId === undefined ? null : linksOf(backupId, searchParams.get('fileName'));
}

function linksOf(backupId, fileName) {
  const expires = Math.floor(Date.now() / 1000) + 86_400;
  const rest = `/bucket/${backupId}/${fileName}?Expires=${expires}&AccessKey=JDCBENCH&Signature=Zm9v+YmFy/YmF6cXV4cXV1eA==`;
  return JSON.stringify({
    requestId: 'req-link',
    result: {
      publicURL: `http://oss.cn-north-1.jcloudcs.com${rest}`,
      internalURL: `http://oss-internal.cn-north-1.jcloudcs.com${rest}`,
    },
  });
}
