/** A line that brings nothing for this long is cut and tried again. */
export const STALL_MS = 60_000;
