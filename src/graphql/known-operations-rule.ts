import { GraphQLError, type ValidationRule } from 'graphql';

/** Refuses kinds of operations the schema does not have; graphql-js notices only when it runs them. */
export const knownOperationsRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `This schema has no ${node.operation}: only queries are served.`;
    context.reportError(new GraphQLError(message, { nodes: [node] }));
  },
});
