/** Turns any file name into one inside the current folder: no other folder, no special name. */
export function toPlainName(fileName: string): string {
  const name = fileName.replaceAll(/[/\\\0]/g, '_');
  return /^\.{0,2}$/.test(name) ? 'backup' : name;
}
