import { type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql';
import type { Connection, Edge } from '../pagination.js';
import { BackupObjectType } from './backup.js';
import { DatabaseInstanceType } from './database-instance.js';

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page stands in its list (Relay).',
})
@Directive('@shareable')
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether more follows: ask with `after: endCursor`.' })
  hasNextPage!: boolean | Promise<boolean>;

  @Field(() => Boolean, { description: 'Whether the page was asked for with `after`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last edge.' })
  endCursor!: string | null;
}

/** The edge and the connection of one node type, by the Relay cursor connection specification. */
function connectionOf<Node extends object>(nodeType: ClassType<Node>, name: string) {
  @ObjectType(`${name}Edge`, {
    simpleResolvers: true,
    description: `One ${name} in a list, with its cursor.`,
  })
  class EdgeType implements Edge<Node> {
    @Field(() => nodeType, { description: `The ${name}.` })
    node!: Node;

    @Field(() => String, { description: 'Opaque; give it as `after` to go on behind this edge.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, {
    simpleResolvers: true,
    description: `A page of a list of ${name}, by the Relay cursor connection specification.`,
  })
  class ConnectionType implements Connection<Node> {
    @Field(() => [EdgeType], { description: 'The page, each with its cursor.' })
    edges!: EdgeType[];

    @Field(() => [nodeType], { description: 'The page, without cursors.' })
    nodes!: Node[];

    @Field(() => PageInfoType, { description: 'Where the page stands in the list.' })
    pageInfo!: PageInfoType;

    @Field(() => Int, {
      description: 'How many the list has in all. With a filter, all pages are read to count.',
    })
    totalCount!: number | Promise<number>;
  }
  return ConnectionType;
}

export const BackupConnectionType = connectionOf(BackupObjectType, 'Backup');
export const DatabaseInstanceConnectionType = connectionOf(
  DatabaseInstanceType,
  'DatabaseInstance',
);
