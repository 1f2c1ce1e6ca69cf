import { type SubmitEvent, useState } from 'react';
import { ENGINES } from '../../domain/engines.js';
import { isIdPart } from '../../domain/ids.js';
import { safeText } from '../../domain/safe-text.js';
import type { Instance, Region } from '../hooks/lists.js';
import type { GoTo } from '../hooks/use-view.js';
import { useWords } from '../i18n/language-context.js';
import { Field } from './parts.js';

/** The option that opens a text field. */
const OTHER = 'other';

/** Selects the region and the instance; either can be typed in. */
export function PlaceForm({
  regions,
  regionId,
  instanceId,
  instances,
  isLoading,
  goTo,
}: {
  /** Null while loading, or if the service cannot list them. */
  readonly regions: readonly Region[] | null;
  readonly regionId: string;
  readonly instanceId: string | null;
  readonly instances: readonly Instance[];
  readonly isLoading: boolean;
  readonly goTo: GoTo;
}) {
  const words = useWords();
  const known = regions ?? [{ id: regionId, name: null }];
  const isKnownRegion = known.some(({ id }) => id === regionId);
  const isListed = instances.some((instance) => instance.instanceId === instanceId);
  const [wants, setWants] = useState({ otherRegion: false, otherInstance: false });
  // An id that is not listed was typed in or comes from the URL.
  const isOtherRegion = wants.otherRegion || !isKnownRegion;
  const isOtherInstance = wants.otherInstance || (instanceId !== null && !isListed && !isLoading);

  return (
    <section className="card place" aria-label={words.place}>
      <Field label={words.region}>
        {(field) => (
          <select
            {...field}
            value={isOtherRegion ? OTHER : regionId}
            onChange={({ target: { value } }) => {
              setWants({ otherRegion: value === OTHER, otherInstance: false });
              if (value !== OTHER) goTo(value, null, false);
            }}
          >
            {known.map(({ id, name }) => (
              <option key={id} value={id}>
                {words.regionName(id, name)}
              </option>
            ))}
            <option value={OTHER}>{words.otherRegion}</option>
          </select>
        )}
      </Field>
      {isOtherRegion && (
        <IdForm
          key={`region ${regionId}`}
          label={words.regionCode}
          hint={null}
          initial={isKnownRegion ? '' : regionId}
          submit={(id) => {
            setWants({ otherRegion: false, otherInstance: false });
            goTo(id, null, true);
          }}
        />
      )}
      <Field label={words.instance}>
        {(field) => (
          <select
            {...field}
            value={isOtherInstance ? OTHER : (instanceId ?? '')}
            onChange={({ target: { value } }) => {
              setWants({ ...wants, otherInstance: value === OTHER });
              if (value !== OTHER) goTo(regionId, value || null, false);
            }}
          >
            <option value="">{isLoading ? words.loading : words.chooseInstance}</option>
            {instances.map((instance) => (
              <option key={instance.instanceId} value={instance.instanceId}>
                {optionText(instance)}
              </option>
            ))}
            {isLoading && instanceId !== null && <option value={instanceId}>{instanceId}</option>}
            <option value={OTHER}>{words.otherInstance}</option>
          </select>
        )}
      </Field>
      {isOtherInstance && (
        <IdForm
          key={`instance ${instanceId ?? ''}`}
          label={words.instanceId}
          hint={words.instanceIdHint}
          initial={isListed ? '' : (instanceId ?? '')}
          submit={(id) => {
            setWants({ ...wants, otherInstance: false });
            goTo(regionId, id, true);
          }}
        />
      )}
    </section>
  );
}

function optionText({ instanceId, name, engine }: Instance): string {
  const about = [name, engine && ENGINES[engine].label].filter(Boolean).join(', ');
  return about === '' ? instanceId : `${instanceId} (${safeText(about)})`;
}

function IdForm({
  label,
  hint,
  initial,
  submit,
}: {
  readonly label: string;
  readonly hint: string | null;
  readonly initial: string;
  readonly submit: (id: string) => void;
}) {
  const words = useWords();
  const [text, setText] = useState(initial);
  const [isInvalid, setIsInvalid] = useState(false);
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const id = text.trim();
    setIsInvalid(!isIdPart(id));
    if (isIdPart(id)) submit(id);
  };
  return (
    <form className="id-form" onSubmit={onSubmit} noValidate>
      <Field label={label} hint={hint} fault={isInvalid ? words.idInvalid : null}>
        {(field) => (
          <span className="with-button">
            <input
              {...field}
              value={text}
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              onChange={({ target }) => {
                setText(target.value);
              }}
            />
            <button type="submit" className="button primary">
              {words.show}
            </button>
          </span>
        )}
      </Field>
    </form>
  );
}
