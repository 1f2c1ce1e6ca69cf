/** What is wrong with a request, as reported to its caller. */
export interface RequestFault {
  readonly code: string;
  readonly message: string;
}
