import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useSession } from '../hooks/session.js';
import { useWords } from '../i18n/language-context.js';
import { Field } from './controls.js';

/** Asks for an access token and keeps it in memory only. */
export function SignIn() {
  const words = useWords();
  const { state, signIn } = useSession();
  const input = useRef<HTMLInputElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  useEffect(() => input.current?.focus(), []);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    // Strip what is often pasted along: the `Bearer` scheme, and line breaks, which browsers turn
    // into spaces or drop. No JWT begins with this word.
    const token = (input.current?.value ?? '').replace(/\s+/g, '').replace(/^Bearer/i, '');
    setIsMissing(token === '');
    if (token !== '') signIn(token);
  };

  const fault = isMissing ? words.tokenMissing : state === 'refused' ? words.tokenRefused : null;
  return (
    <form className="card sign-in" onSubmit={submit} noValidate>
      <h2>{words.signIn}</h2>
      <p>{words.signInNeeded}</p>
      <Field label={words.tokenLabel} hint={words.tokenHint} fault={fault}>
        {(control) => <input {...control} ref={input} type="password" autoComplete="off" />}
      </Field>
      <button type="submit" className="button primary">
        {words.signIn}
      </button>
    </form>
  );
}
