import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { startChild } from './child.js';
import { toSupergraph } from './composers.js';
import { startHiveGateway } from './gateways/hive-gateway.js';
import { startTicketSubgraph } from './subgraph/ticket-subgraph.js';

const TICKETS_PORT = 4002;
const GATEWAY_PORT = 4003;

/** Backups of the sample the product creates in a new folder. */
const SQL_BACKUP = 'cn-north-1/sqlserver-83uqv7avy4/3f2b8c1e-5d47-4a6b-9e0f-7c1a2d3e4f50';
const MYSQL_BACKUP = 'cn-north-1/mysql-wp4e9ztap2/8a1d6e2f-0b3c-4d5e-8f90-1a2b3c4d5e6f';

const QUERY = `{
  sqlServer: restoreRequest(id: "r-1") {
    reason
    backup { name engine status downloadURL(fileName: "shop.bak") { ...Link } }
  }
  mySql: restoreRequest(id: "r-2") {
    reason
    backup { name engine status downloadURL { ...Link } }
  }
  backup(id: "${SQL_BACKUP}") {
    name
    restoreNote
    restoreRequests { id reason }
  }
}

fragment Link on BackupDownloadURL {
  __typename
  ... on SqlServerBackupDownloadURL { publicURL expiresAt fileName databaseName }
  ... on MySqlBackupDownloadURL { publicURL expiresAt }
}`;

/** Serves the product and a ticket system behind a gateway until interrupted. */
async function main(): Promise<void> {
  // On ports of its own: `npm start` may be running.
  const settings = { LOG_LEVEL: 'info', PORT: '0', EMBEDDED_PORT: '0' };
  const product = await startChild(['dist/main.js'], settings, '"msg":"ready"');
  const productUrl = /"graphql":"([^"]+)"/.exec(product.log)?.[1] ?? '';
  const tickets = await startTicketSubgraph({
    key: 'id',
    requests: [
      { id: 'r-1', reason: 'a table was dropped', backupId: SQL_BACKUP },
      { id: 'r-2', reason: 'a copy for the auditors', backupId: MYSQL_BACKUP },
    ],
    port: TICKETS_PORT,
  });
  const supergraph = toSupergraph('@theguild/federation-composition', [
    { name: 'backups', url: productUrl, typeDefs: readFileSync('schema.graphql', 'utf8') },
    { name: 'tickets', url: tickets.url, typeDefs: tickets.typeDefs },
  ]);
  const gateway = await startHiveGateway(supergraph, GATEWAY_PORT);

  process.stdout.write(`
One graph of two subgraphs: ${gateway.url} (Hive Gateway; a browser gets its query editor)
  backups: ${productUrl} (this product)
  tickets: ${tickets.url} (keeps requests to restore a backup)

Paste this query:

${QUERY}

Ctrl+C stops all of it.
`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await gateway.close();
  await tickets.close();
  await product.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'Could not start.'}\n`);
  process.exit(1);
});
