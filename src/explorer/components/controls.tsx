import { type ComponentProps, type InputHTMLAttributes, type ReactNode, useId } from 'react';
import { useWords } from '../i18n/language-context.js';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'onClick'> {
  /** Classes beside `button`: primary, soft, plain, small. */
  readonly look?: string;
  /** Does nothing for now, but keeps the focus. */
  readonly isOff?: boolean;
  readonly onPress: () => void;
}

export function Button({ look = '', isOff = false, onPress, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={`button ${look}`.trim()}
      aria-disabled={isOff}
      onClick={() => !isOff && onPress()}
      {...rest}
    />
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string | null;
  readonly fault?: string | null;
}

/** Attributes that tie a control to its label, hint and error. */
interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A control with its label above, its hint and error below. */
export function Field({
  label,
  hint = null,
  fault = null,
  children,
}: FieldProps & { readonly children: (control: ControlProps) => ReactNode }) {
  const id = useId();
  const described = [fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(fault && { 'aria-invalid': true }),
      })}
      {fault && (
        <p id={`${id}-fault`} className="fault" role="alert">
          {fault}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps
  extends FieldProps, Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  readonly change: (text: string) => void;
  /** Beside the input. */
  readonly children?: ReactNode;
}

/** A field for names and ids, which browsers must neither complete nor correct. */
export function TextField({ label, hint, fault, change, children, ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint ?? null} fault={fault ?? null}>
      {(control) => {
        const input = (
          <input
            {...control}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            onChange={({ target }) => change(target.value)}
            {...rest}
          />
        );
        if (children === undefined) return input;
        return (
          <span className="with-button">
            {input}
            {children}
          </span>
        );
      }}
    </Field>
  );
}

export type Options = readonly (readonly [value: string, text: string])[];

export function SelectField({
  label,
  value,
  options,
  change,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: Options;
  readonly change: (value: string) => void;
}) {
  return (
    <Field label={label}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => change(target.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Number of entries from which a list has a search field. */
const SEARCH_FROM = 8;

/** A field that searches what is loaded, and how much it finds; nothing for short lists. */
export function SearchField({
  label,
  text,
  found,
  total,
  change,
}: {
  readonly label: string;
  readonly text: string;
  readonly found: number;
  readonly total: number;
  readonly change: (text: string) => void;
}) {
  const words = useWords();
  if (total < SEARCH_FROM) return null;
  return (
    <div className="search row">
      <TextField label={label} type="search" value={text} change={change} />
      <p className="hint" role="status">
        {text !== '' && words.found(found, total)}
      </p>
    </div>
  );
}

/** Whether one of the texts contains what is searched for; case and outer spaces do not matter. */
export function matches(search: string, ...texts: readonly (string | null)[]): boolean {
  const wanted = search.trim().toLowerCase();
  return texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}
