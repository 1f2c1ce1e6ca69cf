import fc from 'fast-check';
import { hostileDocument, hostileValue } from './hostile.js';
import { repeat } from './query-shapes.js';

/** The members of a GraphQL request as JSON. */
export interface GraphqlRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

/** A request of `count` pieces, each under a name as long as `long`. */
type Shape = (long: string, count: number) => GraphqlRequest;

const ID = '"cn-north-1/i-1/b-1"';
const PAGE = 'backups(regionId: "cn-north-1", instanceId: "i-1", first: 100)';

const representations = (count: number) => ({
  r: Array.from({ length: count }, (_, i) => ({
    __typename: 'Backup',
    id: `cn-north-1/i-1/b-${i % 20}`,
  })),
});
const represented = (alias: string, selection: string) =>
  `query ($r: [_Any!]!) { ${alias}: _entities(representations: $r) { __typename ${selection} } }`;

/** Requests that could be amplified: each repeats or nests one part. */
const SHAPES: Readonly<Record<string, Shape>> = {
  aliasOverEntities: (long, count) => ({
    query: represented(long, ''),
    variables: representations(count),
  }),
  aliasesInEntities: (long, count) => ({
    query: represented('a', `... on Backup { ${repeat(44, (i) => `${long}${i}: name`)} }`),
    variables: representations(count),
  }),
  aliasesInPages: (long, count) => ({
    query: `{ ${PAGE} { nodes { ${repeat(count, (i) => `${long}${i}: id`)} } } }`,
  }),
  failingLinks: (long, count) => ({
    query: `{ backup(id: ${ID}) { ${repeat(count, (i) => `${long}${i}: downloadURL(fileName: "x") { __typename }`)} } }`,
  }),
  failingLinksInFiles: (long) => ({
    query: `{ ${PAGE} { nodes { ${long}: files { downloadURL(expiresIn: -1) { __typename } } } } }`,
  }),
  longFileNames: (long, count) => ({
    query: `query ($f: String) { backup(id: ${ID}) { ${repeat(count, (i) => `a${i}: downloadURL(fileName: $f) { __typename }`)} } }`,
    variables: { f: long },
  }),
  badIds: (long, count) => ({
    query: `{ ${repeat(count, (i) => `a${i}: backup(id: "${long}/${i}") { id }`)} }`,
  }),
  operationName: (long, count) => ({
    query: `query ${long}(${repeat(count, (i) => `$v${i}: Int`)}) { __typename }`,
  }),
  unknownOperation: (long, count) => ({
    query: repeat(count, (i) => `query ${long}${i} { __typename }`),
    operationName: long,
  }),
  variableNames: (long, count) => ({
    query: `query (${repeat(count, (i) => `$${long}${i}: ID!`)}) { __typename }`,
  }),
  variableValues: (long, count) => ({
    query: `query ($${long}: [Int!]) { __typename @include(if: $${long}) }`,
    variables: { [long]: Array.from({ length: count }, () => long) },
  }),
  unknownVariables: (long, count) => ({
    query: '{ __typename }',
    variables: Object.fromEntries(Array.from({ length: count }, (_, i) => [`${long}${i}`, long])),
  }),
  unknownFields: (long, count) => ({ query: `{ ${repeat(count, (i) => `${long}${i}`)} }` }),
  nearlyFields: (long, count) => ({ query: `{ ${repeat(count, (i) => `backup${i}${long}`)} }` }),
  arguments: (long, count) => ({
    query: `{ backup(${repeat(count, (i) => `${long}${i}: 1`)}) { id } }`,
  }),
  directives: (long, count) => ({
    query: `{ __typename ${repeat(count, (i) => `@${long}${i}`)} }`,
  }),
  fragments: (long, count) => ({
    query: `{ ${repeat(count, (i) => `...${long}${i}`)} } ${repeat(count, (i) => `fragment ${long}${i} on Backup { id }`)}`,
  }),
  fragmentRing: (long, count) => ({
    query: `{ ...${long}0 } ${repeat(count, (i) => `fragment ${long}${i} on Query { ...${long}${(i + 1) % count} }`)}`,
  }),
  fragmentChain: (long, count) => ({
    query: `{ ...${long}0 } ${repeat(count, (i) => `fragment ${long}${i} on Query { ...{...{...{...${long}${i + 1}}}} }`)} fragment ${long}${count} on Query { __typename }`,
  }),
  doubling: (long, count) => ({
    query: `{ ...${long}0 } ${repeat(count, (i) => `fragment ${long}${i} on Query { ...${long}${i + 1} ...${long}${i + 1} }`)} fragment ${long}${count} on Query { __typename }`,
  }),
  conflicts: (long, count) => ({
    query: `{ ${repeat(20, (i) => `x: backup(id: "${i}") { ${repeat(count, (j) => `${long}: ${['id', 'name', 'status'][j % 3] ?? ''}`)} }`)} }`,
  }),
  enums: (long, count) => ({
    query: `{ ${repeat(count, (i) => `a${i}: instances(regionId: "r", engine: ${long}${i}) { totalCount }`)} }`,
  }),
  introspection: (long, count) => ({
    query: `{ ${repeat(count, (i) => `${long}${i}: __schema { types { name description fields { description } } }`)} }`,
  }),
  introspectionBelow: (long, count) => ({
    query: `{ __schema { types { fields { type { fields { ${repeat(count, (i) => `${long}${i}: description`)} } } } } } }`,
  }),
  sdl: (long, count) => ({ query: `{ ${repeat(count, (i) => `${long}${i}: _service { sdl }`)} }` }),
  typeNames: (long, count) => ({
    query: `{ ${repeat(count, (i) => `${long}${i}: __typename`)} }`,
  }),
  unlikeRepresentations: (long, count) => ({
    query: represented('a', ''),
    variables: {
      r: Array.from({ length: count }, (_, i) => ({ __typename: `${long}${i}`, [long]: long })),
    },
  }),
  comment: (long, count) => ({ query: `#${long.repeat(Math.min(count, 8))}\n{ __typename }` }),
  blanks: (long, count) => ({
    query: `{ __typename ${',\t \ufeff'.repeat(count * 20)} } #${long}`,
  }),
  strings: (long, count) => ({
    query: `{ ${repeat(count, (i) => `a${i}: __type(name: """${long}${i}""") { name }`)} }`,
  }),
  persisted: (long) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: long } } }),
  deepLists: (_long, count) => ({ query: `{backup(id:${'['.repeat(count * 4)}` }),
  deepObjects: (_long, count) => ({
    query: `{backup(id:${'{a:'.repeat(count)}1${'}'.repeat(count)})}`,
  }),
  deepSelections: (long, count) => ({ query: `${`{${long}`.repeat(count)}${'}'.repeat(count)}` }),
  deepTypes: (_long, count) => ({
    query: `query ($a: ${'['.repeat(count)}Int${']'.repeat(count)}) { __typename @skip(if: $a) }`,
    variables: { a: nested(count) },
  }),
  deepVariables: (_long, count) => ({
    query:
      'query ($r: [_Any!]!, $f: BackupFilter) { _entities(representations: $r) { __typename } }',
    variables: { r: [{ __typename: 'Backup', id: nested(count * 2) }], f: nested(count * 2) },
  }),
};

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { type: value };
  return value;
}

/** Lengths around and far above the limits. */
const length = fc.constantFrom(1, 12, 100, 250, 255, 256, 300, 1000, 8000, 60_000, 200_000);
const count = fc.constantFrom(1, 2, 20, 44, 45, 46, 100, 150, 300, 500);

/** The maximum size of a request body. */
const MAX_BYTES = 500_000;

const shaped: fc.Arbitrary<GraphqlRequest> = fc
  .tuple(fc.constantFrom(...Object.values(SHAPES)), length, count, fc.constantFrom('n', 'Ab_9'))
  .map(([shape, long, pieces, name]) =>
    shape(
      name
        .repeat(Math.ceil(long / name.length))
        .slice(0, Math.ceil(Math.min(long, MAX_BYTES / 3 / pieces))),
      pieces,
    ),
  );

const hostile: fc.Arbitrary<GraphqlRequest> = fc.record(
  {
    query: fc.oneof({ weight: 4, arbitrary: hostileDocument }, hostileValue),
    variables: hostileValue,
    operationName: fc.oneof(fc.constantFrom('', 'Q', null), hostileValue),
    extensions: hostileValue,
  },
  { requiredKeys: ['query'] },
);

export const graphqlRequest: fc.Arbitrary<GraphqlRequest> = fc.oneof(
  { weight: 3, arbitrary: shaped },
  { weight: 1, arbitrary: hostile },
);

const HEADERS = [
  ...['accept', 'content-type', 'authorization', 'cookie', 'x-request-id', 'traceparent'],
  ...['origin', 'referer', 'user-agent', 'via', 'x-forwarded-for', 'forwarded', 'x-real-ip'],
  ...['if-none-match', 'range', 'expect', 'accept-encoding', 'apollo-require-preflight'],
];

const headerValue = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
  }),
  fc.constantFrom('a', 'a,', '"', '(', 'Bearer x', 'bytes=0-1,').map((text) => text.repeat(1500)),
  fc.constantFrom('', '*/*', 'application/json', 'gzip', '100-continue', 'text/html;q=0.1'),
);

/** Request heads as text: a method, a path and headers. None requests a persistent connection. */
export const requestHead: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'DELETE', 'TRACE', 'PROPFIND'),
    fc.oneof(
      fc.constantFrom(
        '/',
        '/graphql',
        '/health/live',
        '/metrics',
        '/graphql?query=%7B__typename%7D',
      ),
      fc.webPath(),
      fc.string({
        unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
      }),
      fc
        .constantFrom('/a', '/..', '/%2e', '/?a', '/%', '/*', '/:a', '/:a(x+', '/::')
        .map((text) => text.repeat(1000)),
      fc
        .constantFrom('query', 'variables', 'extensions', 'operationName')
        .map((name) => `/graphql?query=%7Ba%7D&${name}=${'%5B'.repeat(2000)}`),
    ),
    fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom(...HEADERS), fc.stringMatching(/^[a-z][a-z-]{0,40}$/)),
        headerValue,
      ),
      { maxLength: 6 },
    ),
  )
  .map(([method, path, headers]) =>
    [
      `${method} ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      'connection: close',
      ...headers
        .filter(([name]) => !FRAMING.has(name))
        .map(([name, value]) => `${name}: ${value.trim()}`),
      '\r\n',
    ].join('\r\n'),
  );

/** Headers that announce a body, which is tested elsewhere. */
const FRAMING: ReadonlySet<string> = new Set([
  ...['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect'],
]);
