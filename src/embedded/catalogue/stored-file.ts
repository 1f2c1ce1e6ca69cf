/** One file of a backup, wherever the store keeps it. */
export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Differs once the content may differ. */
  readonly version: string;
  /** Where an object stands that backup.json names: its key in the bucket. */
  readonly objectKey?: string;
}
