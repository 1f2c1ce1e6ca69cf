import { createHash } from 'node:crypto';

/** The query from the README, for the sample data. */
const FIRST_QUERY = `# Backups of the sample SQL Server instance, and the link of one file.
# Select downloadURL only when you want a link: each selection issues one.
query FirstLink {
  backups(regionId: "cn-north-1", instanceId: "sqlserver-83uqv7avy4", first: 5) {
    nodes {
      id
      name
      status
      startedAt
      sizeBytes
      files {
        name
      }
    }
  }
  backup(id: "cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50") {
    downloadURL(fileName: "shop.bak", expiresIn: 600) {
      ... on SqlServerBackupDownloadURL {
        fileName
        databaseName
        publicURL
        expiresAt
      }
      ... on MySqlBackupDownloadURL {
        publicURL
        expiresAt
      }
    }
  }
}
`;

export interface QueryEditorPage {
  readonly html: string;
  /** Allows the page's own script and connections to this server only. */
  readonly contentSecurityPolicy: string;
}

let page: Promise<QueryEditorPage> | undefined;

/** A self-contained query editor page. Loaded on first use, since it is large. */
export function queryEditorPage(): Promise<QueryEditorPage> {
  page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL }) => {
    const html = renderGraphiQL({
      title: 'Backup downloads: query editor',
      defaultQuery: FIRST_QUERY,
    });
    return { html, contentSecurityPolicy: policyOf(html) };
  });
  return page;
}

/** The page is one inline script; its editor adds styles and starts workers. */
function policyOf(html: string): string {
  const script = html.slice(
    html.indexOf('<script>') + '<script>'.length,
    html.lastIndexOf('</script>'),
  );
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    'font-src data:',
    'worker-src blob: data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
