/** The keys of `Backup` by which another subgraph may refer to it. */
export const KEYS = ['id', 'regionId instanceId backupId'] as const;

/** A field the ticket system adds to `Backup`, resolved from fields it does not own. */
export const RESTORE_NOTE = `  sizeBytes: SafeInt @external
  startedAt: DateTime @external
  restoreNote: String! @requires(fields: "sizeBytes startedAt")`;

export type Key = (typeof KEYS)[number];

/**
 * A ticket system with requests to restore backups. It refers to `Backup` by one of its keys and
 * adds the requests to it.
 */
export function ticketTypeDefs(key: Key): string {
  const fields = key.split(' ').map((name) => `  ${name}: ID!`);
  return `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])

type Query {
  restoreRequest(id: ID!): RestoreRequest
  restoreRequests: [RestoreRequest!]!
  node(id: ID!): Node
}

scalar SafeInt

scalar DateTime

interface Node {
  id: ID!
}

type Mutation {
  requestRestore(backupId: ID!, reason: String!): RestoreRequest!
}

type RestoreRequest implements Node @key(fields: "id") {
  id: ID!
  reason: String!
  backup: Backup
}

type Backup @key(fields: "${key}") {
${fields.join('\n')}
  restoreRequests: [RestoreRequest!]!
${RESTORE_NOTE}
}
`;
}
