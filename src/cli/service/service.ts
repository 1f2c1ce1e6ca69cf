import { programVersion } from '../../config/program-version.js';
import { isLoopbackHostname } from '../../domain/loopback.js';
import { EXIT } from '../cli-error.js';
import type { Context } from '../command.js';
import { createDispatcher, endDispatcher, ignoresAllProxy } from './dispatcher.js';
import { shownAddress, toEndpoint } from './endpoint.js';
import { ask as askService, type GraphqlClient, type Operation } from './graphql-client.js';
import * as operations from './operations.js';
import type { Backup, Instance, Link, PageInfo } from './operations.js';
import { ServiceError } from './service-error.js';
import { createTokenSource } from './token.js';

export interface InstanceKey {
  readonly regionId: string;
  readonly instanceId: string;
}

/** Which backups of an instance; what is left out does not narrow. */
export interface BackupFilter {
  readonly databaseName?: string | undefined;
  /** RFC 3339. */
  readonly startedAfter?: string | undefined;
}

export interface LinkRequest {
  /** Of a SQL Server backup: one of its files. */
  readonly fileName?: string | undefined;
  /** Seconds. */
  readonly expiresIn?: number | undefined;
}

/** What the service says of a backup when it is asked for a link. */
export interface IssuedLink {
  readonly status: string | null;
  readonly link: Link;
}

/** The service, asked by a person's program. Every method throws ServiceError where it gets no answer. */
export interface Service {
  /** Its address, for people. */
  readonly address: string;
  /** Ids of the regions the caller may see. */
  regions(): Promise<string[]>;
  /** Page by page, in the order of the service. */
  instances(regionId: string): AsyncGenerator<readonly Instance[]>;
  /** Whether there is such an instance, or backups of one that is deleted. */
  knows(instance: InstanceKey): Promise<boolean>;
  /** Page by page, in the order of the service. */
  backups(instance: InstanceKey, filter?: BackupFilter): AsyncGenerator<readonly Backup[]>;
  /** null where there is none. */
  backup(id: string): Promise<Backup | null>;
  /** Issues a link. null if the backup no longer exists. */
  link(id: string, request: LinkRequest): Promise<IssuedLink | null>;
  /** The same, without asking again after a failure. */
  linkOnce(id: string, request: LinkRequest, signal: AbortSignal): Promise<IssuedLink | null>;
}

/** Options of the command line that say where and as whom to ask. */
export interface ServiceOptions {
  readonly url?: string | undefined;
  readonly 'token-file'?: string | undefined;
}

const PAGE_SIZE = 100;

/** Opens the service for as long as `act` takes. @throws CliError where it cannot be asked, or what `act` throws */
export async function withService<T>(
  options: ServiceOptions,
  context: Context,
  act: (service: Service) => Promise<T>,
): Promise<T> {
  const { env, now, say } = context;
  const endpoint = toEndpoint(options.url, env);
  const tokens = createTokenSource(options['token-file'], context);
  const dispatcher = createDispatcher(env);
  const userAgent = `backups/${programVersion()}`;
  if (ignoresAllProxy(env) && !isLoopbackHostname(endpoint.hostname)) {
    say('ALL_PROXY is not an http or https proxy, so it is not used: connecting directly.');
  }
  try {
    return await act(createService({ endpoint, tokens, dispatcher, userAgent, now }, context));
  } finally {
    await endDispatcher(dispatcher, context.signal);
  }
}

function createService(client: GraphqlClient, context: Context): Service {
  const { say, signal } = context;
  const address = shownAddress(client.endpoint);

  /** The member of the answer that was asked for; other errors are reported. Retries if that may help. */
  function ask<Data, Member>(
    operation: Operation<Data>,
    variables: object,
    member: (data: Data) => Member | null,
  ): Promise<Member | null> {
    return retrying(context, async () => {
      const { data, errors } = await askService(client, operation, variables, signal);
      const found = data === null ? null : member(data);
      if (found === null && errors[0] !== undefined) throw errors[0];
      for (const text of new Set(errors.map(({ message }) => message))) {
        say(`Part of the response is missing. ${text}`);
      }
      return found;
    });
  }

  async function* pages<Data, Row>(
    operation: Operation<Data>,
    variables: object,
    member: (data: Data) => Page<Row> | null,
  ): AsyncGenerator<readonly Row[]> {
    for (let after: string | null = null; ;) {
      const part: object = { ...variables, first: PAGE_SIZE, after };
      const page: Page<Row> | null = await ask(operation, part, member);
      if (page === null) return;
      yield page.nodes;
      const { hasNextPage, endCursor }: PageInfo = page.pageInfo;
      if (!hasNextPage) return;
      if (endCursor === null || endCursor === after) {
        const text = `The list of ${address} stops in the middle: tell its operator.`;
        throw new ServiceError(EXIT.network, text, 'LIST_STUCK');
      }
      after = endCursor;
    }
  }

  const linkOnce: Service['linkOnce'] = async (id, { fileName, expiresIn }, until) => {
    const variables = { id, fileName, expiresIn };
    const { data, errors } = await askService(client, operations.LINK, variables, until);
    const link = data?.backup?.downloadURL;
    if (data?.backup && link) return { status: data.backup.status, link };
    if (errors[0] !== undefined) throw errors[0];
    return null;
  };

  return {
    address,
    async regions() {
      const regions = await ask(operations.REGIONS, {}, (data) => data.regions);
      return (regions ?? []).map(({ id }) => id);
    },
    instances: (regionId) => pages(operations.INSTANCES, { regionId }, (data) => data.instances),
    async knows(instance) {
      const found = await ask(operations.INSTANCE, instance, (data) =>
        data.instance === null && data.backups === null ? null : data,
      );
      return found !== null && (found.instance !== null || (found.backups?.nodes.length ?? 0) > 0);
    },
    backups: (instance, filter = {}) =>
      pages(operations.BACKUPS, { ...instance, filter }, (data) => data.backups),
    backup: (id) => ask(operations.BACKUP, { id }, (data) => data.backup),
    link: (id, request) => retrying(context, () => linkOnce(id, request, signal)),
    linkOnce,
  };
}

interface Page<Row> {
  readonly pageInfo: PageInfo;
  readonly nodes: readonly Row[];
}

/** Pauses before asking again, in milliseconds, before jitter. */
const PAUSES_MS = [500, 2000, 5000];
/** The longest pause that is waited for; a longer one is reported instead. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Asks again after failures that may be over soon, a few times.
 * @throws the last failure, or the reason of the signal
 */
async function retrying<T>(context: Context, act: () => Promise<T>): Promise<T> {
  const { sleep, signal, say, random } = context;
  for (const pauseMs of PAUSES_MS) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ServiceError) || !error.isTransient) throw error;
      const askedMs = error.retryAfterMs ?? 0;
      if (askedMs > LONGEST_PAUSE_MS) throw error;
      // Never before the service wants it.
      const waitMs = Math.max(askedMs, pauseMs / 2) + (random() * pauseMs) / 2;
      say(`${error.message} Trying again in ${Math.ceil(waitMs / 1000)} s.`);
      await sleep(waitMs, signal);
    }
  }
  return act();
}
