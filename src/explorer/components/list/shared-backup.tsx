import type { Engine } from '../../../domain/engines.js';
import { useSharedBackup } from '../../hooks/use-shared-backup.js';
import { useWords } from '../../i18n/language-context.js';
import type { ExplorerSettings } from '../../settings.js';
import { FailureNotice } from '../parts/failure-notice.js';
import { BackupTable } from './backup-table.js';
import { COLUMNS } from './columns.js';

/** The backup named in the URL, if the current page of the list does not contain it. */
export function SharedBackup({
  regionId,
  instanceId,
  backupId,
  engine,
  close,
  settings,
}: {
  readonly regionId: string;
  readonly instanceId: string;
  readonly backupId: string;
  readonly engine: Engine | null;
  readonly close: () => void;
  readonly settings: ExplorerSettings;
}) {
  const words = useWords();
  const id = `${regionId}/${instanceId}/${backupId}`;
  const { value, isLoading, reload } = useSharedBackup(id);
  if (isLoading && value === null) return <p className="hint">{words.loading}</p>;
  const [failure] = value?.failures ?? [];
  const backup = value?.data?.backup ?? null;
  if (failure !== undefined && backup === null)
    return <FailureNotice failure={failure} retry={reload} />;
  if (backup === null)
    return (
      <p className="notice" role="alert">
        {words.noSuchBackup(backupId)}
      </p>
    );
  return (
    <>
      <h3 id="shared-title">{words.sharedBackup}</h3>
      <BackupTable
        backups={[backup]}
        columns={COLUMNS.filter((column) => column !== 'engine')}
        titleId="shared-title"
        engine={engine}
        openId={backupId}
        open={close}
        refresh={reload}
        settings={settings}
      />
    </>
  );
}
