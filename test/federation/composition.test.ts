import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { codeBlocks } from '../helpers/markdown.js';
import { composers, type SubgraphSource, toSupergraph } from './composers.js';
import { KEYS, RESTORE_NOTE, ticketTypeDefs } from './subgraph/type-defs.js';

const backups: SubgraphSource = {
  name: 'backups',
  url: 'http://backups.example/graphql',
  typeDefs: readFileSync('schema.graphql', 'utf8'),
};

const tickets = (typeDefs: string): SubgraphSource => ({
  name: 'tickets',
  url: 'http://tickets.example/graphql',
  typeDefs,
});

/** Possible mistakes of a second subgraph, and their expected names in composer errors. */
const mistakes = [
  {
    mistake: 'a field that is owned here',
    typeDefs: `${ticketTypeDefs('id')} extend type Backup { status: String }`,
    named: [/Backup\.status/],
  },
  {
    mistake: 'a type that is owned here',
    typeDefs: `${ticketTypeDefs('id')} type BackupFile { name: String! } extend type Query { lost: BackupFile }`,
    named: [/BackupFile/, /name/],
  },
  {
    mistake: 'another kind of type under the name of the union',
    typeDefs: `${ticketTypeDefs('id')} type BackupDownloadURL { href: String } extend type Query { lost: BackupDownloadURL }`,
    named: [/BackupDownloadURL/, /[Uu]nion/, /[Oo]bject/],
  },
  {
    mistake: 'a reference without a key',
    typeDefs: ticketTypeDefs('id').replace('type Backup @key(fields: "id")', 'type Backup'),
    named: [/Backup/, /id/],
  },
];

/** The documented subgraph, which adds a field resolved from fields of a backup. */
const [extension = ''] = codeBlocks(readFileSync('docs/federation.md', 'utf8'), 'graphql');

describe.each(Object.entries(composers))('%s', (_, compose) => {
  it('composes the schema with the documented subgraph', () => {
    expect(extension).toContain(RESTORE_NOTE);
    expect(compose([backups, tickets(extension)]).errors).toEqual([]);
  });

  it('leaves node to the one subgraph that has it, and rejects it in two', () => {
    const node = 'interface Node { id: ID! } extend type Query { node(id: ID!): Node }';
    expect(compose([backups, tickets(ticketTypeDefs('id'))]).errors).toEqual([]);
    const withNode = { ...backups, typeDefs: `${backups.typeDefs}\n${node}` };
    const message = compose([withNode, tickets(ticketTypeDefs('id'))]).errors.join('\n');
    expect(message).toMatch(/Query\.node|"node"/);
  });

  it('rejects an incomplete enum that is also an argument, which is why the note omits engine', () => {
    const partial = extension
      .replaceAll('sizeBytes: SafeInt', 'engine: DatabaseEngine')
      .replace('"sizeBytes', '"engine');
    const message = compose([
      backups,
      tickets(`${partial} enum DatabaseEngine { MYSQL }`),
    ]).errors.join('\n');
    expect(message).toMatch(/DatabaseEngine/);
  });

  it.each(KEYS)('composes the schema with a subgraph that refers to Backup by %s', (key) => {
    expect(compose([backups, tickets(ticketTypeDefs(key))]).errors).toEqual([]);
  });

  it.each(mistakes)('reports $mistake with both subgraphs', ({ typeDefs, named }) => {
    const message = compose([backups, tickets(typeDefs)]).errors.join('\n');
    for (const name of [...named, /"backups"/, /"tickets"/]) expect(message).toMatch(name);
  });
});

describe.each(['@apollo/composition', '@theguild/federation-composition'] as const)(
  '%s',
  (name) => {
    it('passes field costs on to the router', () => {
      const supergraph = toSupergraph(name, [backups, tickets(ticketTypeDefs('id'))]);
      expect(supergraph).toMatch(/BackupDownloadURL[^\n]*@cost\(weight: 10\)/);
      expect(supergraph).toMatch(/@listSize\([^)]*slicingArguments: \["first"\]/);
    });
  },
);
