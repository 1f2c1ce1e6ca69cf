import { runBackups } from './backups.js';
import { createProcessContext } from './process-context.js';

/** The commands of `backups` for the owner of the store, as `npm run add-backup` names them. */
const COMMANDS: Readonly<Record<string, string>> = { add: 'add', list: 'own', remove: 'remove' };

/** A terminal sends a signal, and npm passes it on: one that comes again must not cut the cleaning short. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `npm run add-backup`, whose `add` may be left out. Ends by the signal that stopped it, so that the shell sees that. */
async function main(): Promise<void> {
  const stop = new AbortController();
  const context = { ...createProcessContext(), signal: stop.signal };
  let stoppedBy: NodeJS.Signals | undefined;
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      stoppedBy ??= signal;
      stop.abort(new Error(`Stopped by ${signal}`));
    });
  }
  const [name = '', ...others] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const args = command === undefined ? ['add', ...process.argv.slice(2)] : [command, ...others];
  const code = await runBackups(args, context);
  process.exitCode = code;
  if (stoppedBy !== undefined) {
    process.removeAllListeners(stoppedBy);
    process.kill(process.pid, stoppedBy);
  }
  // A program that was asked for credentials may never end.
  if (code !== 0) process.exit(code);
}

await main();
