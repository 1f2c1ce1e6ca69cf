import { beforeEach, describe, expect, it } from '@jest/globals';
import { createStopSignals } from '../../../src/app/stop-signals.js';

let calls: string[];
let ms: number;
let send: (signal: string) => void;

beforeEach(() => {
  calls = [];
  ms = 1_000_000;
  send = createStopSignals({
    onFirst: (signal) => void calls.push(signal),
    onAgain: () => void calls.push('again'),
    now: () => ms,
  });
});

describe('a signal to stop', () => {
  it.each([0, 0.5, 100, 499.9])('that comes twice within %d ms is one', (later) => {
    send('SIGINT');
    ms += later;
    send('SIGINT');
    expect(calls).toEqual(['SIGINT']);
  });

  it.each([500, 501, 60_000])('that comes again after %d ms is a second one', (later) => {
    send('SIGTERM');
    ms += later;
    send('SIGTERM');
    expect(calls).toEqual(['SIGTERM', 'again']);
  });

  it('is one with another that a group of processes gets beside it', () => {
    send('SIGTERM');
    send('SIGINT');
    send('SIGTERM');
    expect(calls).toEqual(['SIGTERM']);
  });

  it('is waited for from the first one on: echoes do not put off the second', () => {
    send('SIGINT');
    for (let i = 0; i < 3; i += 1) {
      ms += 200;
      send('SIGINT');
    }
    expect(calls).toEqual(['SIGINT', 'again']);
  });
});
