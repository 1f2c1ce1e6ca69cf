import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useSession } from '../hooks/session.js';
import { useWords } from '../i18n/language-context.js';
import { Field } from './controls.js';

/** Asks for an access token and keeps it in memory only. */
export function SignIn() {
  const words = useWords();
  const { state, signIn } = useSession();
  const input = useRef<HTMLTextAreaElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  useEffect(() => input.current?.focus(), []);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    // Strip what is often pasted along: the `Bearer` scheme and line breaks.
    const token = (input.current?.value ?? '').replace(/^\s*Bearer\s+/i, '').replace(/\s+/g, '');
    setIsMissing(token === '');
    if (token !== '') signIn(token);
  };

  const fault = isMissing ? words.tokenMissing : state === 'refused' ? words.tokenRefused : null;
  return (
    <form className="card sign-in" onSubmit={submit} noValidate>
      <h2>{words.signIn}</h2>
      <p>{words.signInNeeded}</p>
      <Field label={words.tokenLabel} hint={words.tokenHint} fault={fault}>
        {(control) => (
          <textarea
            {...control}
            ref={input}
            rows={4}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        )}
      </Field>
      <button type="submit" className="button primary">
        {words.signIn}
      </button>
    </form>
  );
}
