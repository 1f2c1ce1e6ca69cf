import type { z } from 'zod';

/** A setting: its name in the environment, and its format with the default. */
type Row = readonly [name: string, format: z.ZodType];
type Rows = Readonly<Record<string, Row>>;
type Value<Setting extends Row> = z.output<Setting[1]>;

/** A group of settings, each a member of the plain configuration. */
export interface Table<Group extends Rows> {
  /** The formats by name in the environment. */
  readonly shape: { [Member in keyof Group as Group[Member][0]]: Group[Member][1] };
  /** The configuration from parsed settings, by name in the environment. */
  read(settings: Readonly<Record<string, unknown>>): Members<Group>;
}

/** The configuration that a table gives. Settings without a default are optional. */
export type ConfigOf<Group> = Group extends Table<infer R> ? Members<R> : never;

type Members<Group extends Rows> = {
  readonly [
    Member in keyof Group as undefined extends Value<Group[Member]> ? never : Member
  ]: Value<Group[Member]>;
} & {
  readonly [
    Member in keyof Group as undefined extends Value<Group[Member]> ? Member : never
  ]?: Exclude<Value<Group[Member]>, undefined>;
};

export function table<const Group extends Rows>(rows: Group): Table<Group> {
  const members = Object.entries<Row>(rows);
  return {
    shape: Object.fromEntries(members.map(([, row]) => row)) as Table<Group>['shape'],
    read: (settings) =>
      given(
        Object.fromEntries(members.map(([member, [name]]) => [member, settings[name]])),
      ) as Members<Group>,
  };
}

type Given<Values> = { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> };

/** The members that are not undefined. */
export function given<Values extends object>(values: Values): Given<Values> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<Values>;
}

/**
 * When a setting can, must or need not be set, as metadata of its format. A condition is the name
 * of another setting that is set, or a value of it: `AUTH=jwt`.
 */
export type Use = {
  /** Without this, setting it is a fault. */
  readonly requires?: string;
  /** With this, it must be set. */
  readonly requiredWith?: string;
  /** Follows the fault of a missing setting. */
  readonly advice?: string;
  /** Other programs share it: without this, or with `ignoredWith`, it counts as unset. */
  readonly ignoredWithout?: string;
  readonly ignoredWith?: string;
};
