/** Files that desktops leave in folders they show, in any case: their file systems do not tell cases apart. */
const LEFT_BEHIND = ['thumbs.db', 'desktop.ini'];

/**
 * Whether a file of this name is one of a backup. Files that begin with a dot are not: desktops, rsync and
 * NFS keep such files beside the ones they are about, and copies under way have such names.
 */
export function isBackupFileName(name: string): boolean {
  return !name.startsWith('.') && !LEFT_BEHIND.includes(name.toLowerCase());
}

/** Folders that file systems and storage devices make inside any folder. */
const SYSTEM_FOLDERS = [
  'lost+found',
  '@eadir',
  '#recycle',
  '$recycle.bin',
  'system volume information',
];

export function isSystemFolder(name: string): boolean {
  return SYSTEM_FOLDERS.includes(name.toLowerCase());
}
