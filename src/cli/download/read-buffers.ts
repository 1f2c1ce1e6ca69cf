import type { OnReadOpts, Socket } from 'node:net';
import { buildConnector } from 'undici';

const SIZE = 1024 * 1024;
/** A buffer with less room than this is full: small reads cost more than they fill. */
const SMALLEST_READ = 64 * 1024;
/** Buffers kept for later; more are left to the garbage collector. */
const MOST_FREE = 16;

interface Lease {
  readonly bytes: Buffer;
  filled: number;
  givenBack: number;
  isFull: boolean;
}

/** Memory that connections read into, used over and over: new memory for each read costs more than the read. */
export interface ReadBuffers {
  /** Opens connections that read into this memory. */
  readonly connect: buildConnector.connector;
  /**
   * Takes back bytes that came over such a connection and are used up; others are ignored. Bytes that are
   * never given back are never written over.
   */
  readonly giveBack: (bytes: Buffer) => void;
}

/** @param options of the connections, as undici's connector takes them */
export function createReadBuffers(options: buildConnector.BuildOptions = {}): ReadBuffers {
  const leases = new WeakMap<ArrayBufferLike, Lease>();
  const free: Buffer[] = [];

  function lease(): Lease {
    const bytes = free.pop() ?? Buffer.allocUnsafeSlow(SIZE);
    const leased = { bytes, filled: 0, givenBack: 0, isFull: false };
    leases.set(bytes.buffer, leased);
    return leased;
  }

  /** @param push hands on what was read; false where no more may come for now */
  function readInto(push: (bytes: Uint8Array) => boolean): OnReadOpts {
    let current = lease();
    return {
      buffer: () => {
        if (current.isFull) current = lease();
        return current.bytes.subarray(current.filled);
      },
      callback: (count, place) => {
        current.filled += count;
        current.isFull = SIZE - current.filled < SMALLEST_READ;
        return push(place.subarray(0, count));
      },
    };
  }

  return {
    connect: (target, done) => {
      let opened: Socket | null = null;
      const onread = readInto((bytes) => opened?.push(bytes) ?? false);
      const connect = buildConnector({ ...options, onread });
      connect(target, (...result) => {
        opened = result[1];
        done(...result);
      });
    },
    giveBack: (bytes) => {
      const leased = leases.get(bytes.buffer);
      if (leased === undefined) return;
      leased.givenBack += bytes.length;
      if (!leased.isFull || leased.givenBack < leased.filled) return;
      leases.delete(bytes.buffer);
      if (free.length < MOST_FREE) free.push(leased.bytes);
    },
  };
}
