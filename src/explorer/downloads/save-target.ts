import type { Sink } from './transfer.js';

/** What a person chose; `tooLate`: the browser wants another press before it opens its dialog. */
export type ChosenTarget =
  | { readonly kind: 'file'; readonly handle: FileSystemFileHandle }
  | { readonly kind: 'cancelled' | 'tooLate' | 'notWritten' };

/** The part of the File System Access API used here; not every browser has it. */
interface PickerWindow {
  showSaveFilePicker?: (options?: {
    readonly suggestedName: string;
  }) => Promise<FileSystemFileHandle>;
}

/** Whether the page can write downloads to the disk: in Chromium, when the page is served securely. */
export function canSaveFiles(): boolean {
  return typeof (window as PickerWindow).showSaveFilePicker === 'function';
}

/** Asks where to save. The browser empties the chosen file, so ask when its bytes are available. */
export async function chooseTarget(suggestedName: string): Promise<ChosenTarget> {
  const { showSaveFilePicker } = window as PickerWindow;
  if (showSaveFilePicker === undefined) return { kind: 'notWritten' };
  try {
    // Some names are none for the system: the dialog then opens without.
    const handle = await showSaveFilePicker
      .call(window, { suggestedName })
      .catch((error: unknown) => {
        if (error instanceof TypeError) return showSaveFilePicker.call(window);
        throw error;
      });
    return { kind: 'file', handle };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'AbortError') return { kind: 'cancelled' };
    return { kind: name === 'SecurityError' ? 'tooLate' : 'notWritten' };
  }
}

/** Opens a file for writing. Data appears in the file on `close`, not before. */
export async function openSink(handle: FileSystemFileHandle): Promise<Sink> {
  const file = await handle.createWritable();
  return {
    write: (chunk) => file.write(chunk),
    close: () => file.close(),
    abort: () => file.abort(),
  };
}

/** Chromium's. */
interface Removable {
  remove?: () => Promise<void>;
}

/** Removes the file created by the dialog if nothing was written. */
export async function removeEmpty(handle: FileSystemFileHandle): Promise<void> {
  const { size } = await handle.getFile();
  if (size === 0) await (handle as Removable).remove?.();
}
