import { addBackup } from '../../embedded/admin/add-backup.js';
import { ADD_OPTIONS_HELP } from '../../embedded/admin/arguments.js';
import type { Progress } from '../../embedded/admin/own-store.js';
import type { Command } from '../command.js';
import { withOwnStore } from '../own/with-own-store.js';
import { addedText } from '../terminal/added-text.js';
import { Course, createProgressLine, type ProgressLine } from '../terminal/progress.js';

const HELP = `Usage: backups add --region ID --instance ID --engine ENGINE --file PATH [options]

Adds files as a backup to the store of the service on this machine: the folder EMBEDDED_DIR, or the bucket
EMBEDDED_BUCKET. Run it with the settings of the service.

${ADD_OPTIONS_HELP}  -h, --help        this text

Example: backups add --region cn-north-1 --instance mysql-1 --engine MariaDB --file dump.sql.gz
`;

/** Adds a backup to the store of the service. */
export const command: Command = {
  help: HELP,
  async run(args, context) {
    const { stdout, terminal, signal, cwd } = context;
    await withOwnStore(context, 'Nothing was added.', async ({ store, pageOf }) => {
      const now = (): number => performance.now();
      const line = createProgressLine(terminal, now);
      try {
        const onProgress = progressOn(line, now);
        const added = await addBackup(args, { store, cwd, signal, warn: line.say, onProgress });
        line.end();
        await stdout.write(addedText(added, pageOf(added.key)));
      } finally {
        line.end();
      }
    });
  },
};

/** A transfer reports thousands of times a second. */
const INTERVAL_MS = 100;

/** Shows how far a transfer is. What an earlier run has stored is read here, and not sent: that is checking. */
export function progressOn(line: ProgressLine, now: () => number): (progress: Progress) => void {
  let course = new Course('moving', 0, null, now());
  let before = { at: now(), kept: 0, moved: 0 };
  return ({ done, total, kept }) => {
    const at = now();
    if (at - before.at < INTERVAL_MS) return;
    const moved = done - kept;
    const phase = kept > before.kept && moved === before.moved ? 'checking' : 'moving';
    const hasSkipped = phase === 'moving' && kept > before.kept;
    if (hasSkipped || phase !== course.phase) course = new Course(phase, done, total, at);
    course.go(done, total, at);
    before = { at, kept, moved };
    line.show(course.show('', at));
  };
}
