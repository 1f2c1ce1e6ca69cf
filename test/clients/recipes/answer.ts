/** The response to one operation, for any client. It can have both data and failures. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly failures: readonly Failure[];
}

/** One member of `errors`. */
export interface Failure {
  readonly message: string;
  /** The field that failed and is null, for example `["backup", "downloadURL"]`. */
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}
