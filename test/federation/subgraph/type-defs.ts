/** The keys of `Backup`, as another subgraph may name one to refer to it. */
export const KEYS = ['id', 'regionId instanceId backupId'] as const;

export type Key = (typeof KEYS)[number];

/**
 * A ticket system that keeps requests to restore a backup. It knows of `Backup` one of its keys, and
 * adds to it the requests that were made.
 */
export function ticketTypeDefs(key: Key): string {
  const fields = key.split(' ').map((name) => `  ${name}: ID!`);
  return `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

type Query {
  restoreRequest(id: ID!): RestoreRequest
  restoreRequests: [RestoreRequest!]!
}

type Mutation {
  requestRestore(backupId: ID!, reason: String!): RestoreRequest!
}

type RestoreRequest @key(fields: "id") {
  id: ID!
  reason: String!
  backup: Backup
}

type Backup @key(fields: "${key}") {
${fields.join('\n')}
  restoreRequests: [RestoreRequest!]!
}
`;
}
