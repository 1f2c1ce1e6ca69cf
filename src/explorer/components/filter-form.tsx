import { type SubmitEvent, useId, useState } from 'react';
import { isFileByFile, type Engine } from '../../domain/engines.js';
import { inputOfMoment, momentOfInput } from '../format.js';
import type { BackupMode, BackupStatus, BackupType } from '../generated/operations.js';
import { useWords } from '../i18n/language-context.js';
import type { Filter } from '../view/view.js';
import { Field } from './parts.js';

/** Values of the form's fields. */
interface Draft {
  readonly status: BackupStatus | '';
  readonly type: BackupType | '';
  readonly mode: BackupMode | '';
  readonly databaseName: string;
  readonly from: string;
  readonly to: string;
}

/** Filters the list. Fields that only SQL Server supports are hidden for other engines. */
export function FilterForm({
  filter,
  engine,
  databases,
  apply,
}: {
  readonly filter: Filter;
  readonly engine: Engine | null;
  /** Database names to suggest. */
  readonly databases: readonly string[];
  readonly apply: (filter: Filter) => void;
}) {
  const words = useWords();
  const [draft, setDraft] = useState<Draft>({
    status: filter.status ?? '',
    type: filter.type ?? '',
    mode: filter.mode ?? '',
    databaseName: filter.databaseName ?? '',
    from: inputOfMoment(filter.startedAfter),
    to: inputOfMoment(filter.startedBefore),
  });
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const isReversed = draft.from !== '' && draft.to !== '' && draft.from >= draft.to;
  const listId = useId();
  const count = Object.keys(filter).length;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const startedAfter = momentOfInput(draft.from);
    const startedBefore = momentOfInput(draft.to);
    if (isReversed) return;
    apply({
      ...(draft.status !== '' && { status: draft.status }),
      ...(draft.type !== '' && { type: draft.type }),
      ...(draft.mode !== '' && { mode: draft.mode }),
      ...(draft.databaseName !== '' && { databaseName: draft.databaseName }),
      ...(startedAfter !== null && { startedAfter }),
      ...(startedBefore !== null && { startedBefore }),
    });
  };
  const isByFile = engine === null || isFileByFile(engine);
  return (
    <details className="card filters" open={count > 0}>
      <summary>{count > 0 ? words.filtersActive(count) : words.filters}</summary>
      <form onSubmit={submit}>
        <Choice<BackupStatus>
          label={words.columns.status}
          value={draft.status}
          options={words.statuses}
          change={(status) => {
            change({ status });
          }}
        />
        {isByFile && (
          <Choice<BackupType>
            label={words.type}
            value={draft.type}
            options={words.types}
            change={(type) => {
              change({ type });
            }}
          />
        )}
        <Choice<BackupMode>
          label={words.mode}
          value={draft.mode}
          options={words.modes}
          change={(mode) => {
            change({ mode });
          }}
        />
        <datalist id={listId}>
          {databases.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {isByFile && (
          <Field label={words.database} hint={words.databaseHint}>
            {(field) => (
              <input
                {...field}
                list={listId}
                value={draft.databaseName}
                autoComplete="off"
                spellCheck={false}
                onChange={({ target }) => {
                  change({ databaseName: target.value });
                }}
              />
            )}
          </Field>
        )}
        <Field label={words.from}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.from}
              onChange={({ target }) => {
                change({ from: target.value });
              }}
            />
          )}
        </Field>
        <Field label={words.to} fault={isReversed ? words.datesReversed : null}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.to}
              onChange={({ target }) => {
                change({ to: target.value });
              }}
            />
          )}
        </Field>
        <div className="form-buttons">
          <button type="submit" className="button primary">
            {words.apply}
          </button>
          {count > 0 && (
            <button
              type="button"
              className="button"
              onClick={() => {
                apply({});
              }}
            >
              {words.clear}
            </button>
          )}
        </div>
      </form>
    </details>
  );
}

function Choice<Value extends string>({
  label,
  value,
  options,
  change,
}: {
  readonly label: string;
  readonly value: Value | '';
  readonly options: Readonly<Record<Value, string>>;
  readonly change: (value: Value | '') => void;
}) {
  const words = useWords();
  const values = Object.keys(options) as Value[];
  return (
    <Field label={label}>
      {(field) => (
        <select
          {...field}
          value={value}
          onChange={({ target }) => {
            change(values.find((option) => option === target.value) ?? '');
          }}
        >
          <option value="">{words.any}</option>
          {values.map((option) => (
            <option key={option} value={option}>
              {options[option]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
