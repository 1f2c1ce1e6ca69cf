import { expect, it } from '@jest/globals';
import Fastify from 'fastify';
import { EVERYBODY } from '../../../src/domain/caller.js';
import { CALLER, refuseEndedTokens } from '../../../src/http/admission.js';

it('rejects a token that ends while its body arrives, and no other', async () => {
  let now = 0;
  const reasons: string[] = [];
  const http = Fastify();
  http.decorateRequest(CALLER, null);
  http.addHook('onRequest', (request, _reply, done) => {
    const { ends } = request.query as { ends?: string };
    const expiresAt = ends === undefined ? {} : { expiresAt: Number(ends) };
    request.setDecorator(CALLER, { ...EVERYBODY, ...expiresAt });
    done();
  });
  // The body arrives at 1000.
  http.addHook('preParsing', (_request, _reply, payload, done) => {
    now = 1000;
    done(null, payload);
  });
  const refusals = { report: ({ reason }: { reason: string }) => void reasons.push(reason) };
  http.post('/', { preHandler: refuseEndedTokens(refusals, () => now) }, () => 'executed');
  const post = async (search: string) => {
    now = 0;
    return http.inject({ method: 'POST', url: `/${search}`, payload: {} });
  };
  expect((await post('')).body).toBe('executed');
  expect((await post('?ends=1001')).body).toBe('executed');
  const refused = await post('?ends=1000');
  expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([
    401,
    'Bearer error="invalid_token"',
  ]);
  expect(refused.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(reasons).toEqual(['exp: passed']);
  await http.close();
});
