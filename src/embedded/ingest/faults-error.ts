/** All faults of a command at once. The message is for the person who typed it. */
export class FaultsError extends Error {
  override readonly name = 'FaultsError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}
