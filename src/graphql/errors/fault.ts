/** What is wrong with a request, as its caller sees it. */
export interface RequestFault {
  readonly code: string;
  readonly message: string;
}
