import type { Sink } from '../../../../src/explorer/downloads/transfer.js';

/** A body with these parts; an error breaks it off. */
export function bodyOf(...parts: (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
}

/** A sink in memory that records its end. */
export function memorySink(fault: { write?: boolean; close?: boolean } = {}) {
  const written: string[] = [];
  const ends: string[] = [];
  const sink: Sink = {
    write(chunk) {
      if (fault.write) return Promise.reject(new Error('disk full'));
      written.push(new TextDecoder().decode(chunk));
      return Promise.resolve();
    },
    close() {
      if (fault.close) return Promise.reject(new Error('disk full'));
      ends.push('close');
      return Promise.resolve();
    },
    abort() {
      ends.push('abort');
      return Promise.resolve();
    },
  };
  return { sink, written, ends };
}
