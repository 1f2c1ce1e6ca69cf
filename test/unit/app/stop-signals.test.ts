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

describe('a stop signal', () => {
  it.each([0, 0.5, 100, 499.9])('is one signal if repeated within %d ms', (later) => {
    send('SIGINT');
    ms += later;
    send('SIGINT');
    expect(calls).toEqual(['SIGINT']);
  });

  it.each([500, 501, 60_000])('is a second signal if repeated after %d ms', (later) => {
    send('SIGTERM');
    ms += later;
    send('SIGTERM');
    expect(calls).toEqual(['SIGTERM', 'again']);
  });

  it('is one signal with another sent to the process group', () => {
    send('SIGTERM');
    send('SIGINT');
    send('SIGTERM');
    expect(calls).toEqual(['SIGTERM']);
  });

  it('counts from the first: echoes do not delay a second', () => {
    send('SIGINT');
    for (let i = 0; i < 3; i += 1) {
      ms += 200;
      send('SIGINT');
    }
    expect(calls).toEqual(['SIGINT', 'again']);
  });
});
