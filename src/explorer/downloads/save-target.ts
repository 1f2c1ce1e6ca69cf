/** The choice; `tooLate`: the browser requires another press before it opens its dialog. */
export type ChosenTarget = FileSystemFileHandle | 'cancelled' | 'tooLate' | 'notWritten';

/** The subset of the File System Access API used here; not all browsers support it. */
interface PickerWindow {
  showDirectoryPicker?: (options: {
    readonly mode: 'readwrite';
  }) => Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?: (options?: {
    readonly suggestedName: string;
  }) => Promise<FileSystemFileHandle>;
}

/** Whether the page can write downloads to disk: in Chromium, in a secure context. */
export function canSaveFiles(): boolean {
  return typeof (window as PickerWindow).showSaveFilePicker === 'function';
}

/** Asks where to save. Choosing an existing file empties it, so ask once its bytes are at hand. */
export async function chooseTarget(suggestedName: string): Promise<ChosenTarget> {
  const { showSaveFilePicker } = window as PickerWindow;
  if (showSaveFilePicker === undefined) return 'notWritten';
  try {
    // The browser rejects some names: then open the dialog without a suggestion.
    return await showSaveFilePicker.call(window, { suggestedName }).catch((error: unknown) => {
      if (error instanceof TypeError) return showSaveFilePicker.call(window);
      throw error;
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'AbortError') return 'cancelled';
    return name === 'SecurityError' ? 'tooLate' : 'notWritten';
  }
}

/** Asks for a folder; null if the dialog was cancelled, or the browser lets no page write there. */
export async function chooseFolder(): Promise<FileSystemDirectoryHandle | null> {
  const { showDirectoryPicker } = window as PickerWindow;
  if (showDirectoryPicker === undefined) return null;
  return showDirectoryPicker.call(window, { mode: 'readwrite' }).catch(() => null);
}

/** Creates a file; if the name is taken, under the next free one: `shop (2).bak`. */
export async function createIn(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemFileHandle> {
  const [, stem = name, extension = ''] = /^(.+?)(\.[^.]*)?$/s.exec(name) ?? [];
  for (let count = 1; ; count += 1) {
    const free = count === 1 ? name : `${stem} (${count})${extension}`;
    if (!(await isTaken(folder, free))) return folder.getFileHandle(free, { create: true });
  }
}

async function isTaken(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    // A folder of this name is another kind of error.
    if (error instanceof DOMException && error.name === 'NotFoundError') return false;
    if (error instanceof DOMException && error.name === 'TypeMismatchError') return true;
    throw error;
  }
}

/** `remove` exists in Chromium only. */
interface Removable {
  remove?: () => Promise<void>;
}

/** Removes the file that the dialog created if it is still empty. */
export async function removeEmpty(handle: FileSystemFileHandle): Promise<void> {
  const { size } = await handle.getFile();
  if (size === 0) await (handle as Removable).remove?.();
}
