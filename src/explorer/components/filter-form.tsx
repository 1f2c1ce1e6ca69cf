import { type SubmitEvent, useId, useState } from 'react';
import { isFileByFile, type Engine } from '../../domain/engines.js';
import { inputOfMoment, momentOfInput } from '../format.js';
import { useWords } from '../i18n/language-context.js';
import { type Filter, toFilter } from '../view/view.js';
import { Button, SelectField, TextField } from './controls.js';

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
  const [draft, setDraft] = useState({
    status: filter.status ?? '',
    type: filter.type ?? '',
    mode: filter.mode ?? '',
    databaseName: filter.databaseName ?? '',
    startedAfter: inputOfMoment(filter.startedAfter),
    startedBefore: inputOfMoment(filter.startedBefore),
  });
  /** The value of a field, and how to change it. */
  const field = (name: keyof Filter) => ({
    value: draft[name],
    change: (value: string) => setDraft((before) => ({ ...before, [name]: value })),
  });
  const choice = (name: 'status' | 'type' | 'mode', label: string, texts: object) => (
    <SelectField
      label={label}
      options={[['', words.any], ...(Object.entries(texts) as [string, string][])]}
      {...field(name)}
    />
  );
  const { startedAfter: from, startedBefore: to } = draft;
  const isReversed = from !== '' && to !== '' && from >= to;
  const listId = useId();
  const count = Object.keys(filter).length;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const moments = { startedAfter: momentOfInput(from), startedBefore: momentOfInput(to) };
    if (!isReversed) apply(toFilter((name) => ({ ...draft, ...moments })[name]));
  };
  const isByFile = engine === null || isFileByFile(engine);
  return (
    <details className="card filters" open={count > 0}>
      <summary>{count > 0 ? words.filtersActive(count) : words.filters}</summary>
      <form onSubmit={submit}>
        {choice('status', words.columns.status, words.statuses)}
        {isByFile && choice('type', words.type, words.types)}
        {choice('mode', words.mode, words.modes)}
        <datalist id={listId}>
          {databases.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {isByFile && (
          <TextField
            label={words.database}
            hint={words.databaseHint}
            list={listId}
            {...field('databaseName')}
          />
        )}
        <TextField label={words.from} type="datetime-local" {...field('startedAfter')} />
        <TextField
          label={words.to}
          fault={isReversed ? words.datesReversed : null}
          type="datetime-local"
          {...field('startedBefore')}
        />
        <div className="form-buttons">
          <button type="submit" className="button primary">
            {words.apply}
          </button>
          {count > 0 && <Button onPress={() => apply({})}>{words.clear}</Button>}
        </div>
      </form>
    </details>
  );
}
