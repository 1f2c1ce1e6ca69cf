/** The answer to one operation, whatever the client. Data and failures may come together. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly failures: readonly Failure[];
}

/** One member of `errors`. */
export interface Failure {
  readonly message: string;
  /** The field that is null because of it, for example `["backup", "downloadURL"]`. */
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}
