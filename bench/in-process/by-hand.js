import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { createLoaders } from '../dist/by-hand/loaders.js';
import { createSchema } from '../dist/by-hand/schema.js';
import { answerTo } from '../lib/answers.js';
import { timePage } from './time-page.js';

/** Answers each call from memory. */
const call = async (regionId, path, query) =>
  JSON.parse(answerTo(`/${path.join('/')}?${new URLSearchParams(query)}`)).result;

const apollo = new ApolloServer({ schema: await createSchema() });
await apollo.start();
await timePage(apollo, () => createLoaders(call));
