import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runCli } from '../../helpers/cli.js';
import { refusal, type ScriptedStore, startScriptedStore } from '../../helpers/scripted-s3.js';

const before = { ...process.env };
let store: ScriptedStore;
let env: Record<string, string>;

beforeEach(async () => {
  store = await startScriptedStore({ 'own/r/i-1/b-1/files/x': 'x' });
  env = store.settings();
});
afterEach(() => {
  process.env = before;
});

const AT = ['--region', 'r', '--instance', 'i-1', '--engine', 'MySQL', '--object', 'own/x'];

/** The commands of the owner, which fail alike. */
const COMMANDS: readonly (readonly string[])[] = [
  ['own'],
  ['remove', 'r/i-1/b-1', '--yes'],
  ['add', ...AT],
];

const AMAZON = {
  ...refusal(301, 'PermanentRedirect'),
  headers: { 'x-amz-bucket-region': 'eu-west-3' },
};

it.each(COMMANDS)('backups %s %s says what to do where the store fails', async (...args) => {
  store.intercept(() => AMAZON);
  const run = await runCli([...args], { env });
  expect([run.code, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toContain('backups: EMBEDDED_BUCKET: the store failed: ');
  expect(run.stderr).toContain('set AWS_REGION=eu-west-3.');
});

it('says that nothing listens at the address', async () => {
  const run = await runCli(['own'], { env: { ...env, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' } });
  expect(run).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Check AWS_ENDPOINT_URL_S3, AWS_REGION and whether'),
  });
});

it('names the profile that is missing', async () => {
  const others = Object.entries(env).filter(([name]) => !name.includes('_KEY'));
  const profile = { AWS_PROFILE: 'nope', AWS_CONFIG_FILE: '/dev/null' };
  const files = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' };
  process.env = { ...before, ...profile, ...files };
  const run = await runCli(['own'], {
    env: { ...Object.fromEntries(others), AWS_PROFILE: 'nope' },
  });
  expect(run.code).toBe(3);
  expect(run.stderr).toContain('There are no credentials of the profile nope (AWS_PROFILE)');
});
