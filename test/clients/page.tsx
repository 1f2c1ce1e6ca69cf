import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';

/** At 5 ms or more each. */
const MAX_LOOKS = 3000;

/** A rendered component from the user's point of view. */
export interface RenderedPage {
  /** Its complete text. */
  text(): string;
  /** The addresses of its links. */
  links(): (string | null)[];
  /** Clicks the button with this name once it is enabled. */
  click(button: string): Promise<void>;
  /** Waits until the text matches. */
  see(text: RegExp): Promise<void>;
  close(): Promise<void>;
}

export async function render(element: ReactNode): Promise<RenderedPage> {
  const container = document.createElement('div');
  document.body.append(container);
  const root = createRoot(container);
  const text = (): string => container.textContent;
  await act(() => {
    root.render(element);
    return Promise.resolve();
  });
  const look = async (isThere: () => boolean, what: string): Promise<void> => {
    // Counted rather than timed, since the clock of the page may be stopped.
    for (let looks = 0; !isThere(); looks += 1) {
      if (looks === MAX_LOOKS) throw new Error(`no ${what} in: ${text()}`);
      await act(() => new Promise<void>((resolve) => void setTimeout(resolve, 5)));
    }
  };
  return {
    text,
    links: () => [...container.querySelectorAll('a')].map((link) => link.getAttribute('href')),
    async click(name) {
      const find = (): HTMLButtonElement | undefined =>
        [...container.querySelectorAll('button')].find(
          ({ textContent, disabled }) => textContent === name && !disabled,
        );
      await look(() => find() !== undefined, `a button "${name}"`);
      await act(() => {
        find()!.click();
        return Promise.resolve();
      });
    },
    see: (expected) => look(() => expected.test(text()), String(expected)),
    close: () =>
      act(() => {
        root.unmount();
        return Promise.resolve();
      }),
  };
}
