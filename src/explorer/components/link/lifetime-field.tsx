import { useState } from 'react';
import { useWords } from '../../i18n/language-context.js';
import { LIFETIME_PRESETS, parseLifetime } from '../../link/lifetimes.js';
import { Field } from '../parts/field.js';

/** The chosen lifetime; `seconds` is null for the service's default. */
export type Lifetime =
  { readonly isValid: true; readonly seconds: number | null } | { readonly isValid: false };

const OTHER = 'other';
const DEFAULT = 'default';

/** Chooses the lifetime of links: one of a few presets, or seconds. */
export function LifetimeField({ change }: { readonly change: (lifetime: Lifetime) => void }) {
  const words = useWords();
  const [choice, setChoice] = useState('3600');
  const [text, setText] = useState('');
  const choose = (nextChoice: string, nextText: string): void => {
    setChoice(nextChoice);
    setText(nextText);
    change(toLifetime(nextChoice, nextText));
  };
  const isOther = choice === OTHER;
  return (
    <div className="lifetime">
      <Field label={words.lifetime}>
        {(field) => (
          <select
            {...field}
            value={choice}
            onChange={({ target }) => {
              choose(target.value, text);
            }}
          >
            {LIFETIME_PRESETS.map((seconds) => (
              <option key={seconds} value={seconds}>
                {words.lifetimes[seconds]}
              </option>
            ))}
            <option value={DEFAULT}>{words.lifetimeDefault}</option>
            <option value={OTHER}>{words.lifetimeOther}</option>
          </select>
        )}
      </Field>
      {isOther && (
        <Field
          label={words.lifetimeSeconds}
          hint={words.lifetimeInvalid}
          fault={text !== '' && parseLifetime(text) === null ? words.lifetimeInvalid : null}
        >
          {(field) => (
            <input
              {...field}
              inputMode="numeric"
              autoComplete="off"
              value={text}
              onChange={({ target }) => {
                choose(choice, target.value);
              }}
            />
          )}
        </Field>
      )}
    </div>
  );
}

function toLifetime(choice: string, text: string): Lifetime {
  if (choice === DEFAULT) return { isValid: true, seconds: null };
  const seconds = parseLifetime(choice === OTHER ? text : choice);
  return seconds === null ? { isValid: false } : { isValid: true, seconds };
}
