/** A gateway in front of a supergraph. */
export interface Gateway {
  /** Where it takes queries. */
  readonly url: string;
  close(): Promise<void>;
}
