import { composeServices as composeByApollo } from '@apollo/composition';
import { composeServices as composeByGuild } from '@theguild/federation-composition';
import { federateSubgraphs, LATEST_ROUTER_COMPATIBILITY_VERSION } from '@wundergraph/composition';
import { parse } from 'graphql';

export interface SubgraphSource {
  readonly name: string;
  readonly url: string;
  /** SDL. */
  readonly typeDefs: string;
}

export interface Composition {
  /** Composition errors; empty on success. */
  readonly errors: readonly string[];
  /** Supergraph SDL, from the composers that print one. */
  readonly supergraph: string | null;
}

type Compose = (subgraphs: readonly SubgraphSource[]) => Composition;

/** By package name, the composers that routers in use rely on. */
export const composers = {
  /** Of Apollo Router and @apollo/gateway. */
  '@apollo/composition': (subgraphs) => {
    const { errors = [], supergraphSdl = null } = composeByApollo(subgraphs.map(toService));
    return { errors: errors.map(({ message }) => message), supergraph: supergraphSdl };
  },
  /** Of Hive. */
  '@theguild/federation-composition': (subgraphs) => {
    const { errors = [], supergraphSdl = null } = composeByGuild(subgraphs.map(toService));
    return { errors: errors.map(({ message }) => message), supergraph: supergraphSdl };
  },
  /** Of Cosmo, whose router gets no SDL. */
  '@wundergraph/composition': (subgraphs) => {
    const result = federateSubgraphs({
      subgraphs: subgraphs.map((subgraph) => {
        const { name, url, typeDefs } = toService(subgraph);
        return { name, url, definitions: typeDefs };
      }),
      version: LATEST_ROUTER_COMPATIBILITY_VERSION,
    });
    const errors = result.success ? [] : result.errors.map(({ message }) => message);
    return { errors, supergraph: null };
  },
} satisfies Record<string, Compose>;

/** @throws Error with the composition errors */
export function toSupergraph(
  composer: '@apollo/composition' | '@theguild/federation-composition',
  subgraphs: readonly SubgraphSource[],
): string {
  const { supergraph, errors } = composers[composer](subgraphs);
  if (supergraph === null) throw new Error(errors.join('\n'));
  return supergraph;
}

function toService({ name, url, typeDefs }: SubgraphSource) {
  return { name, url, typeDefs: parse(typeDefs) };
}
