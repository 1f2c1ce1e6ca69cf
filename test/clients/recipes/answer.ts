/** What comes back of one question, whatever the client: some data may be there beside failures. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly failures: readonly Failure[];
}

/** One member of `errors`. */
export interface Failure {
  readonly message: string;
  /** The field that is null for it, as `["backup", "downloadURL"]`. */
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}
