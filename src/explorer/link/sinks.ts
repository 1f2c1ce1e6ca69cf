import type { Sink } from './save-stream.js';

/** What a page can hold in memory without the tab being at risk. */
const BLOB_CAPACITY = 512 * 1024 * 1024;
const REVOKE_AFTER_MS = 60_000;

export interface OpenSink {
  readonly sink: Sink;
  readonly capacity: number;
}

/** The part of the File System Access API used here; not every browser has it. */
interface PickerWindow {
  showSaveFilePicker?: (options: {
    readonly suggestedName: string;
  }) => Promise<FileSystemFileHandle>;
}

/**
 * Opens a place for a file: on the disk where the browser lets the page write, else in memory.
 * Null when the person thought better of it.
 */
export async function openSink(fileName: string): Promise<OpenSink | null> {
  const { showSaveFilePicker } = window as PickerWindow;
  if (showSaveFilePicker === undefined)
    return { sink: blobSink(fileName), capacity: BLOB_CAPACITY };
  try {
    const handle = await showSaveFilePicker.call(window, { suggestedName: fileName });
    const sink: Sink = await handle.createWritable();
    return { sink, capacity: Infinity };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    // A name the system cannot take, or a frame that may not ask.
    return { sink: blobSink(fileName), capacity: BLOB_CAPACITY };
  }
}

function blobSink(fileName: string): Sink {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    write(chunk) {
      parts.push(chunk);
    },
    close() {
      saveBlob(new Blob(parts, { type: 'application/octet-stream' }), fileName);
      parts = [];
    },
    abort() {
      parts = [];
    },
  };
}

function saveBlob(blob: Blob, fileName: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(blob);
  anchor.download = fileName;
  anchor.click();
  // The browser reads it after the click.
  setTimeout(() => {
    URL.revokeObjectURL(anchor.href);
  }, REVOKE_AFTER_MS);
}
