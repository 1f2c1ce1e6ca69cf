import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { createLoaders } from '../../src/graphql/loaders/loaders.js';
import { createSchema } from '../../src/graphql/schema.js';
import { answerTo } from '../lib/answers.js';
import { timePage } from './time-page.js';

globalThis.fetch = async (url) => {
  const { pathname, search } = new URL(url);
  return { ok: true, json: async () => JSON.parse(answerTo(pathname + search)) };
};
const apollo = new ApolloServer({ schema: await createSchema() });
await apollo.start();
await timePage(apollo, createLoaders);
