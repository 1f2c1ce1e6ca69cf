/** A safe name in the current folder: no path and no special name, whatever the file is called. */
export function toPlainName(fileName: string): string {
  const name = fileName.replaceAll(/[/\\\0]/g, '_');
  return /^\.{0,2}$/.test(name) ? 'backup' : name;
}
