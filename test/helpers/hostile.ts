import fc from 'fast-check';

/** Names and IDs of attackers and odd databases. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0x10_ffff }), { maxLength: 20 })
    .map((codePoints) => String.fromCodePoint(...codePoints)),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.constantFrom(
    ...['../../etc/passwd', '..%2f..%2fetc', '..\\win.ini', 'shop.bak\u0000.png', '.', '..', ''],
    ...['shop.bak?x=1#', 'shop.bak\r\nx-y: z', '{"$ne":1}', "' OR 1=1 --", '$id', '__proto__'],
    ...[
      '\ud800',
      'constructor',
      'toString',
      'cn-north-1/i/../b',
      'cn-north-1//b',
      '%00',
      'Shop.bak',
    ],
  ),
  fc.constantFrom('b', 'shop.', 'x/').map((text) => text.repeat(2000)),
);

/** Values for variables: of the right type, of any other, deep and long. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(0, -1, 1, 100, 101, 86_400, 86_401, 2 ** 31, 1e308, 'MYSQL', 'FULL'),
  fc.constantFrom<unknown>(null, true, [], {}, [[[[]]]], { __proto__: null, then: 1 }),
  fc.array(fc.record({ __typename: fc.constantFrom('Backup', 'Query', 'x'), id: hostileText }), {
    maxLength: 8,
  }),
);

const NAMES = [
  ...['backup', 'backups', 'instance', 'instances', '_entities', '_service', '__schema', '__type'],
  ...['id', 'name', 'files', 'nodes', 'edges', 'node', 'pageInfo', 'totalCount', 'hasNextPage'],
  ...['engine', 'downloadURL', 'publicURL', 'available', 'expiresAt', 'sdl', '__typename'],
];
const ARGUMENTS = ['id', 'regionId', 'instanceId', 'first', 'after', 'filter', 'fileName'].concat(
  ...['expiresIn', 'representations', 'engine', 'if', 'type', 'startedAfter'],
);
const TYPES = ['Backup', 'DatabaseInstance', 'Query', 'BackupFile', 'DownloadLink', 'Nothing'];

const name = fc.constantFrom(...NAMES);
const variable = fc.constantFrom('$a', '$b', '$c', '$missing');
const quoted = hostileText.map((text) => JSON.stringify(text));
const knownId = fc.constantFrom('"cn-north-1/i-1/b-1"', '"cn-north-1"', '"i-1"', '"shop.bak"');

const literal: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    knownId,
    quoted,
    variable,
    fc.constantFrom('null', 'true', 'MYSQL', 'FULL', '1', '-1', '1e999', '99999999999', '"""b"""'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(' ')}]`),
    fc
      .tuple(fc.constantFrom(...ARGUMENTS), tie('value'))
      .map(([key, value]) => `{${key}: ${value}}`),
  ),
})).value;

const parameters = fc
  .array(fc.tuple(fc.constantFrom(...ARGUMENTS), literal), { maxLength: 3 })
  .map((pairs) =>
    pairs.length === 0 ? '' : `(${pairs.map(([key, value]) => `${key}: ${value}`).join(' ')})`,
  );
const directive = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: variable.map((value) => ` @include(if: ${value})`) },
  { weight: 1, arbitrary: fc.constantFrom(' @skip(if: false)', ' @defer', ' @unknown(x: 1)') },
);

/** Selections that follow the grammar and sometimes the schema. */
const anySelection: fc.Arbitrary<string> = fc.letrec<{ set: string; one: string }>((tie) => ({
  set: fc.array(tie('one'), { minLength: 1, maxLength: 4 }).map((all) => `{ ${all.join(' ')} }`),
  one: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    name,
    fc
      .tuple(fc.constantFrom('', 'a: ', 'b: '), name, parameters, directive)
      .map((parts) => parts.join('')),
    fc.tuple(name, parameters, directive, tie('set')).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom('...F', '...G', '...Nothing'), directive)
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...TYPES), tie('set')).map(([type, set]) => `... on ${type} ${set}`),
  ),
})).set;

/** Queries that are valid except for their values, so that they reach the resolvers. */
const nearlyValid: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(knownId, quoted, variable),
    fc.oneof(knownId, quoted, fc.constant('$b'), fc.constant('null')),
    fc.oneof(fc.constantFrom('0', '60', 'null', '$c', '86401', '-1'), fc.integer().map(String)),
    fc.constantFrom('1', '20', '100', '101', '0', '-3', '$c', 'null'),
    fc.constantFrom(1, 1, 1, 2, 30),
  )
  .map(([id, file, lifetime, first, count]) => {
    const link = `downloadURL(fileName: ${file}, expiresIn: ${lifetime}) { __typename ... on DownloadLink { publicURL } }`;
    const links = Array.from({ length: count }, (_, i) => `l${i}: ${link}`).join(' ');
    return `backup(id: ${id}) { id engine files { name downloadURL { publicURL } } ${links} instance { backups(first: ${first}) { totalCount nodes { ${link} } } } } backups(regionId: "cn-north-1", instanceId: "i-1", first: ${first}, after: ${file}) { nodes { ${link} } }`;
  })
  .map((selections) => `{ ${selections} }`);

const head = fc.constantFrom(
  '',
  'query ',
  'query Q($a: ID! = "cn-north-1/i-1/b-1", $b: String, $c: Int) ',
  'query Q($a: [_Any!]!, $b: BackupFilter, $c: Boolean = false) ',
  'query Q($a: DateTime, $b: DatabaseEngine = MYSQL, $a: Int) ',
  'mutation ',
  'subscription S ',
);

/** Text of tokens in any order. */
const soup = fc
  .array(
    fc.oneof(
      name,
      variable,
      literal,
      fc.constantFrom(...'{}()[]:=!|&@$,#"'.split(''), '...', 'on', 'query', 'fragment', '"""'),
    ),
    { maxLength: 60 },
  )
  .map((tokens) => tokens.join(' '));

const deep = fc
  .tuple(
    fc.constantFrom('{a', 'backup{', '[', '(', '{instance{backups{nodes'),
    fc.integer({ min: 1, max: 900 }),
  )
  .map(([piece, times]) => piece.repeat(times));

export const hostileDocument: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(head, anySelection, fc.constantFrom(...TYPES), anySelection, anySelection)
      .map(
        ([start, set, type, f, g]) =>
          `${start}${set} fragment F on ${type} ${f} fragment G on Backup ${g}`,
      ),
  },
  { weight: 4, arbitrary: fc.tuple(head, nearlyValid).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.tuple(head, anySelection).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: soup },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: hostileText },
);
