import type { UpstreamClient } from './client.js';
import type { ReplyMemory } from './reply-memory.js';

/** Counts each answer as memory of the request it was sent for, until that request's end. */
export function holdAnswers(
  client: Pick<UpstreamClient, 'send'>,
  memory: Pick<ReplyMemory, 'hold'>,
): Pick<UpstreamClient, 'send'> {
  return {
    send: async (operation, options) => {
      const answer = await client.send(operation, options);
      memory.hold(answer, options?.signal);
      return answer;
    },
  };
}
