import { invalidArgument } from './api-error.js';

/** Decoded, unique query parameters of an operation. */
export type Parameters = ReadonlyMap<string, string>;

/** @throws ApiError 400 if the parameter is missing or empty */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined || value === '') throw invalidArgument(`${name} is required.`);
  return value;
}

/** @throws ApiError 400 unless the value is in `allowed` */
export function oneOf<Value extends string>(
  parameters: Parameters,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw invalidArgument(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
}

/**
 * A time without a time zone: `2020-01-07 15:14:07` or `2020-01-07T15:14:07`. @throws ApiError 400
 */
export function zonelessTime(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value !== undefined && !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$/.test(value)) {
    throw invalidArgument(`${name} must have the form YYYY-MM-DD HH:mm:ss.`);
  }
  return value;
}
