/** Downloads that run in the page. */
export const downloads = {
  downloads: 'Downloads',
  downloadHere: 'Download',
  chooseFile: 'Choose where to save',
  checking: 'Checking the link…',
  downloadByBrowser: 'Download with the browser',
  orByBrowser: 'or with the browser',
  noPickerHint:
    'The browser shows the progress. Keep the link secret: it works for anyone who has it.',
  mixed:
    'This page is served over https and the link is http, which browsers block. Copy a command or the URL instead.',
  unreadableStore:
    'The store does not allow this page to read the file, so download it with the browser.',
  encodedStore:
    'The file is stored with a Content-Encoding, which browsers may decode when saving it. A copied command saves the stored bytes.',
  sameFile: 'Another download is writing to this file. Choose another name.',
  inTray: 'The download is in the list at the bottom of the page.',
  keepOpen: 'Keep this page open: a file is complete only when its download has finished.',
  progress: (received: string, total: string) => `${received} of ${total}`,
  rate: (size: string) => `${size}/s`,
  timeLeft: (time: string) => `${time} left`,
  reconnecting: 'Connection lost. Retrying…',
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
  saved: (file: string) => `${file} is downloaded.`,
  savedShort: 'Done',
  stopped: (file: string) => `The download of ${file} has stopped.`,
  stopReasons: {
    unreachable: 'The store cannot be reached. Check your connection, then resume.',
    refused: 'The store rejected the link. Get a new one, or resume later.',
    missing: 'The file no longer exists. Refresh the list.',
    unreadable:
      'The service is not allowed to read this file. Tell its operator; a new link does not help.',
    busy: 'Too many downloads are running at the moment. Resume later.',
    encoded:
      'The browser would decode this file, so the result would differ from the stored one. Copy a command, which saves the stored bytes.',
    changed: 'The file in the store has changed since the download began. Start over.',
    unresumable:
      'The store does not allow a page to resume. Start over, or copy a command, which resumes.',
    notWritten:
      'The file could not be written. Check the free space on your disk, then start over.',
    noLink: 'The service issues no new link. Check that you are signed in, then resume.',
    brokenOff: 'The connection was lost too often.',
  },
};
