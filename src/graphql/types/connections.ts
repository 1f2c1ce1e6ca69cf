import { type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql';
import type { Connection, Edge } from '../pagination.js';
import { BackupObjectType } from './backup.js';
import { DatabaseInstanceType } from './database-instance.js';

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Information about a page of a connection (Relay).',
})
@Directive('@shareable')
export class PageInfoType {
  @Field(() => Boolean, {
    description: 'Whether more edges follow; to fetch them, pass `endCursor` as `after`.',
  })
  hasNextPage!: boolean | Promise<boolean>;

  @Field(() => Boolean, { description: 'Whether this page was requested with `after`.' })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the first edge; null if the page is empty.',
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The cursor of the last edge; null if the page is empty.',
  })
  endCursor!: string | null;
}

/**
 * Creates the edge and connection types of a node type (Relay Cursor Connections Specification).
 */
function connectionOf<Node extends object>(nodeType: ClassType<Node>, name: string) {
  @ObjectType(`${name}Edge`, {
    simpleResolvers: true,
    description: `An edge of a connection: one ${name} and its cursor.`,
  })
  class EdgeType implements Edge<Node> {
    @Field(() => nodeType, { description: `The ${name} at the end of the edge.` })
    node!: Node;

    @Field(() => String, {
      description: 'An opaque cursor; pass it as `after` to continue after this edge.',
    })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, {
    simpleResolvers: true,
    description: `A page of a ${name} list, as defined by the Relay Cursor Connections Specification.`,
  })
  class ConnectionType implements Connection<Node> {
    @Field(() => [EdgeType], { description: 'The edges of the page.' })
    edges!: EdgeType[];

    @Field(() => [nodeType], { description: 'The nodes of the page, without their cursors.' })
    nodes!: Node[];

    @Field(() => PageInfoType, { description: 'Information about this page.' })
    pageInfo!: PageInfoType;

    @Field(() => Int, {
      description:
        'The total number of items that match. Counting with a filter reads every page of the list.',
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
