/** A gateway in front of a supergraph. */
export interface Gateway {
  /** Its GraphQL URL. */
  readonly url: string;
  close(): Promise<void>;
}
