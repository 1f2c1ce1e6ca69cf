import { type ReactNode, useId } from 'react';

/** What ties a control to its label, its hint and its fault. */
export interface FieldProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** A control with a label above, a hint and a fault below. */
export function Field({
  label,
  hint = null,
  fault = null,
  children,
}: {
  readonly label: string;
  readonly hint?: string | null;
  readonly fault?: string | null;
  readonly children: (field: FieldProps) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const faultId = `${id}-fault`;
  const described = [fault && faultId, hint && hintId].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(fault && { 'aria-invalid': true }),
      })}
      {fault && (
        <p id={faultId} className="fault" role="alert">
          {fault}
        </p>
      )}
      {hint && (
        <p id={hintId} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
