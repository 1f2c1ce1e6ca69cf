/** The other side closed its connection before it had the whole answer: no fault of anybody here. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';

  /** @param unwritten bytes that were being written, of which some may have gone out */
  constructor(
    readonly unwritten: number,
    options?: ErrorOptions,
  ) {
    super(undefined, options);
  }
}
