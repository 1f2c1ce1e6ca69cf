import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { composers, type SubgraphSource, toSupergraph } from './composers.js';
import { KEYS, ticketTypeDefs } from './subgraph/type-defs.js';

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

/** What a second subgraph may get wrong, and the name the composer is to give of it. */
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

describe.each(Object.entries(composers))('%s', (_, compose) => {
  it.each(KEYS)('composes the schema with a subgraph that refers to Backup by %s', (key) => {
    expect(compose([backups, tickets(ticketTypeDefs(key))]).errors).toEqual([]);
  });

  it.each(mistakes)('names $mistake, and both subgraphs', ({ typeDefs, named }) => {
    const message = compose([backups, tickets(typeDefs)]).errors.join('\n');
    for (const name of [...named, /"backups"/, /"tickets"/]) expect(message).toMatch(name);
  });
});

describe.each(['@apollo/composition', '@theguild/federation-composition'] as const)(
  '%s',
  (name) => {
    it('hands on to the router what fields cost', () => {
      const supergraph = toSupergraph(name, [backups, tickets(ticketTypeDefs('id'))]);
      expect(supergraph).toMatch(/BackupDownloadURL[^\n]*@cost\(weight: 10\)/);
      expect(supergraph).toMatch(/@listSize\([^)]*slicingArguments: \["first"\]/);
    });
  },
);
