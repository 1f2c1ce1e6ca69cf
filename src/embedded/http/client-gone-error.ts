/** The other side closed its connection before it had the whole answer: no fault of anybody here. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}
