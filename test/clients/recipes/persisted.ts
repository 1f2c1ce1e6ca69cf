import { type ApolloLink, HttpLink } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { getOperationAST } from 'graphql';

/** The output of `generate-persisted-query-manifest`. */
export interface Manifest {
  readonly operations: readonly { readonly id: string; readonly name: string }[];
}

/** Sends the id of an operation instead of its text: a `link` for Apollo Client. */
export function createPersistedLink(
  uri: string,
  headers: Record<string, string>,
  manifest: Manifest,
): ApolloLink {
  const link = new PersistedQueryLink({
    generateHash: (document) => idOf(manifest, getOperationAST(document)?.name?.value),
    // The service would refuse the text, too.
    retry: () => false,
  });
  return link.concat(new HttpLink({ uri, headers }));
}

/** @throws Error if the manifest is older than the page */
export function idOf({ operations }: Manifest, name: string | undefined): string {
  const operation = operations.find((listed) => listed.name === name);
  if (!operation) throw new Error(`${name} is not in the manifest: generate it again`);
  return operation.id;
}
