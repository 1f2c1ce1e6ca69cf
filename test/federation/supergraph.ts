import { readFileSync } from 'node:fs';
import { freePort } from '../helpers/free-port.js';
import { type AuditRow, startProductAt } from '../helpers/product.js';
import type { AnswerError } from '../helpers/service.js';
import { type ScriptedUpstream, startScriptedUpstream } from '../helpers/scripted-upstream.js';
import { SECRET_AUTH } from '../helpers/tokens.js';
import type { Row } from '../helpers/upstream-rows.js';
import { toSupergraph } from './composers.js';
import { startApolloGateway } from './gateways/apollo-gateway.js';
import { startHiveGateway } from './gateways/hive-gateway.js';
import {
  type RestoreRequest,
  startTicketSubgraph,
  type TicketSubgraph,
} from './subgraph/ticket-subgraph.js';
import type { Key } from './subgraph/type-defs.js';

/** By product name: composes with the gateway's own composer and starts it. */
export const gateways = {
  '@apollo/gateway': (subgraphs: Subgraphs) =>
    startApolloGateway(toSupergraph('@apollo/composition', subgraphs)),
  'Hive Gateway': async (subgraphs: Subgraphs) =>
    startHiveGateway(toSupergraph('@theguild/federation-composition', subgraphs), await freePort()),
};

type Subgraphs = Parameters<typeof toSupergraph>[1];
export type GatewayName = keyof typeof gateways;

export interface Answer {
  readonly status: number;
  readonly data: any;
  readonly errors: readonly AnswerError[];
}

/** A gateway in front of the product and the ticket system, and the upstream behind them. */
export interface Supergraph {
  readonly upstream: ScriptedUpstream;
  readonly tickets: TicketSubgraph;
  /** The audit records of the product so far. */
  audit(): readonly AuditRow[];
  /** The GraphQL URL of the gateway. */
  readonly url: string;
  /** Queries the gateway. */
  query(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

export interface SupergraphOptions {
  readonly gateway: GatewayName;
  /** The key the ticket system refers to backups by. */
  readonly key: Key;
  readonly requests: readonly RestoreRequest[];
  readonly backups: readonly Row[];
  readonly instances: readonly Row[];
}

/** Starts everything on free ports; the product requires tokens. */
export async function startSupergraph(options: SupergraphOptions): Promise<Supergraph> {
  const { backups, instances, key, requests } = options;
  const started: { close(): Promise<void> }[] = [];
  const closing = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    started.unshift(part);
    return part;
  };
  const close = async (): Promise<void> => {
    for (const part of started) await part.close();
  };
  try {
    const upstream = closing(await startScriptedUpstream({ backups, instances }));
    const env = { ...SECRET_AUTH, UPSTREAM_MAX_RETRIES: '0', TRUSTED_PROXIES: '1' };
    const product = closing(await startProductAt(upstream.origin, env));
    const tickets = closing(await startTicketSubgraph({ key, requests, port: 0 }));
    const subgraph = `${product.origin}/graphql`;
    const { url } = closing(
      await gateways[options.gateway]([
        { name: 'backups', url: subgraph, typeDefs: readFileSync('schema.graphql', 'utf8') },
        { name: 'tickets', url: tickets.url, typeDefs: tickets.typeDefs },
      ]),
    );
    return {
      upstream,
      tickets,
      audit: () => product.audit(),
      url,
      query: (...args) => ask(url, ...args),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ask(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = (await response.json()) as {
    readonly data: any;
    readonly errors?: readonly AnswerError[];
  };
  return { status: response.status, data, errors };
}
