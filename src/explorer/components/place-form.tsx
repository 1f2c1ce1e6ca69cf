import { type SubmitEvent, useState } from 'react';
import { ENGINES } from '../../domain/engines.js';
import { isIdPart } from '../../domain/ids.js';
import { safeText } from '../../domain/safe-text.js';
import type { Instance, Region } from '../hooks/lists.js';
import type { GoTo } from '../hooks/use-view.js';
import { useWords } from '../i18n/language-context.js';
import { type Options, SelectField, TextField } from './controls.js';

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
  const waiting: Options = isLoading && instanceId !== null ? [[instanceId, instanceId]] : [];
  return (
    <section className="card place" aria-label={words.place}>
      <SelectField
        label={words.region}
        value={isOtherRegion ? OTHER : regionId}
        options={[
          ...known.map(({ id, name }) => [id, words.regionName(id, name)] as const),
          [OTHER, words.otherRegion],
        ]}
        change={(value) => {
          setWants({ otherRegion: value === OTHER, otherInstance: false });
          if (value !== OTHER) goTo(value, null, false);
        }}
      />
      {isOtherRegion && (
        <IdForm
          key={`region ${regionId}`}
          label={words.regionCode}
          action={words.showInstances}
          initial={isKnownRegion ? '' : regionId}
          submit={(id) => {
            setWants({ otherRegion: false, otherInstance: false });
            goTo(id, null, true);
          }}
        />
      )}
      <SelectField
        label={words.instance}
        value={isOtherInstance ? OTHER : (instanceId ?? '')}
        options={[
          ['', isLoading ? words.loading : words.chooseInstance],
          ...instances.map((instance) => [instance.instanceId, optionText(instance)] as const),
          ...waiting,
          [OTHER, words.otherInstance],
        ]}
        change={(value) => {
          setWants({ ...wants, otherInstance: value === OTHER });
          if (value !== OTHER) goTo(regionId, value || null, false);
        }}
      />
      {isOtherInstance && (
        <IdForm
          key={`instance ${instanceId ?? ''}`}
          label={words.instanceId}
          hint={words.instanceIdHint}
          action={words.show}
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
  hint = null,
  action,
  initial,
  submit,
}: {
  readonly label: string;
  readonly hint?: string | null;
  /** Text of the button. */
  readonly action: string;
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
  const fault = isInvalid ? words.idInvalid : null;
  return (
    <form className="id-form" onSubmit={onSubmit} noValidate>
      <TextField label={label} hint={hint} fault={fault} value={text} change={setText}>
        <button type="submit" className="button primary">
          {action}
        </button>
      </TextField>
    </form>
  );
}
