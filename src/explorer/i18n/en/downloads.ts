/** Downloads that run in the page. */
export const downloads = {
  downloads: 'Downloads',
  downloadHere: 'Download',
  chooseFile: 'Choose where to save',
  checking: 'Checking the link…',
  downloadByBrowser: 'Download with the browser',
  orByBrowser: 'or with the browser',
  noPickerHint:
    'Your browser shows the progress. Keep the link secret: it works for anyone who has it.',
  mixed:
    'This page uses https but the link uses http; browsers block such downloads. Copy a command or the URL instead.',
  unreadableStore: 'This page cannot read from the file store. Download with the browser instead.',
  encodedStore:
    'The file is stored with a Content-Encoding, and browsers may decompress it while saving. A copied command saves the stored bytes.',
  sameFile: 'Another download is writing to this file. Choose another name.',
  inTray: 'The download is listed at the bottom of the page.',
  keepOpen: 'Keep this page open. A file is complete only once its download has finished.',
  progress: (received: string, total: string) => `${received} of ${total}`,
  rate: (size: string) => `${size}/s`,
  timeLeft: (time: string) => `${time} left`,
  reconnecting: 'Connection lost. Trying again…',
  paused: 'Paused',
  pause: 'Pause',
  resume: 'Resume',
  startOver: 'Start over',
  cancel: 'Cancel',
  cancelSure: 'Discard what has been downloaded?',
  discard: 'Discard',
  keep: 'Keep',
  dismiss: 'Remove from the list',
  actionLabel: (action: string, file: string) => `${action}: ${file}`,
  downloadStarted: (file: string) => `Downloading ${file}`,
  saved: (file: string) => `${file} has been downloaded.`,
  savedShort: 'Done',
  savedCount: (count: number) => `${count} downloads done`,
  stopped: (file: string) => `The download of ${file} has stopped.`,
  stopReasons: {
    unreachable: 'The store cannot be reached. Check your connection, then resume.',
    refused: 'The store refused the link. Get a new one, or resume later.',
    missing: 'The file no longer exists. Refresh the list.',
    unreadable:
      'The service has no permission to read this file. Contact its operator; a new link will not help.',
    busy: 'Too many downloads are in progress. Resume in a while.',
    encoded:
      'Your browser decompresses this file, so it would differ from the stored one. Copy a command instead: it saves the stored bytes.',
    changed: 'The file in the store has changed since the download began. Start over.',
    unresumable:
      'The store does not let a page resume downloads. Start over, or copy a command, which can resume.',
    notWritten:
      'The file could not be written. Check the free space on your disk, then start over.',
    noLink: 'The service issued no new link. Check that you are signed in, then resume.',
    brokenOff: 'The connection was lost too often.',
  },
};
