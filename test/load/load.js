import { setTimeout as sleep } from 'node:timers/promises';

const REGIONS = ['cn-north-1', 'cn-east-2'];
const FIND = `query ($regionId: ID!) { instances(regionId: $regionId, first: 5) { nodes {
  regionId instanceId
  backups(first: 10) { nodes { id status engine files { name } } }
} } }`;
const PAGE = `query ($regionId: ID!, $instanceId: ID!) {
  backups(regionId: $regionId, instanceId: $instanceId, first: 50) {
    totalCount nodes { id name engine status startedAt sizeBytes files { name } instance { name } }
  }
}`;
const LINK = `query ($id: ID!, $fileName: String, $expiresIn: Int) { backup(id: $id) {
  downloadURL(fileName: $fileName, expiresIn: $expiresIn) { ... on DownloadLink { publicURL expiresAt } }
} }`;

/**
 * Mixed load on a product at `origin`: each worker requests, pauses and repeats: pages, instances,
 * links of files and of complete backups, and their downloads.
 */
export async function startLoad(origin, { workers = 8, pauseMs = 20 } = {}) {
  const { instances, backups } = await findAll(origin);
  let results = [];
  let isRunning = true;

  const ask = [
    () => query(origin, FIND, { regionId: any(REGIONS) }),
    () => query(origin, PAGE, any(instances)),
    () => query(origin, LINK, linkOf(any(backups))),
    async () => {
      const answer = await query(origin, LINK, linkOf(any(backups)));
      const url = answer.data?.backup?.downloadURL?.publicURL;
      if (url) await download(url);
      return answer;
    },
  ];
  const work = async () => {
    while (isRunning) {
      const startedAt = performance.now();
      const codes = await any(ask)().then(codesOf, (error) => [`transport: ${causeOf(error)}`]);
      results.push({ at: Date.now(), ms: performance.now() - startedAt, codes });
      await sleep(pauseMs);
    }
  };
  const done = Promise.all(Array.from({ length: workers }, work));
  return {
    /** The results since the last call. */
    take: () => {
      const taken = results;
      results = [];
      return taken;
    },
    stop: () => {
      isRunning = false;
      return done;
    },
  };
}

/** Summarizes results in one line: count, failures by code, and 95th percentile. */
export function summarise(results) {
  const failures = {};
  for (const code of results.flatMap(({ codes }) => codes))
    failures[code] = (failures[code] ?? 0) + 1;
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b);
  const p95 = Math.round(times[Math.floor(times.length * 0.95)] ?? 0);
  return { requests: results.length, failed: failedOf(results).length, failures, p95 };
}

export function failedOf(results) {
  return results.filter(({ codes }) => codes.length > 0);
}

/** The URL of the download of a backup without `fileName`. */
export async function downloadOf(origin, id) {
  const { data } = await query(origin, LINK, { id });
  return data.backup.downloadURL.publicURL;
}

async function findAll(origin) {
  const answers = await Promise.all(REGIONS.map((regionId) => query(origin, FIND, { regionId })));
  const instances = answers.flatMap(({ data }) => data.instances.nodes);
  const backups = instances
    .flatMap(({ backups: { nodes } }) => nodes)
    .filter(({ engine, files }) => engine !== 'SQL_SERVER' || files.length > 0);
  if (backups.length === 0) throw new Error('There are no backups to ask for.');
  return {
    instances: instances.map(({ regionId, instanceId }) => ({ regionId, instanceId })),
    backups,
  };
}

function linkOf({ id, engine, files }) {
  if (engine !== 'SQL_SERVER') return { id };
  // Some links are requested again while reusable, some are new.
  return { id, fileName: any(files).name, expiresIn: 60 + Math.floor(Math.random() * 50) };
}

async function query(origin, text, variables) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
  return response.json();
}

async function download(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`download ${response.status}`);
}

function codesOf({ errors = [] }) {
  return [...new Set(errors.map(({ extensions }) => extensions.code))];
}

function causeOf(error) {
  return error.cause?.code ?? error.message;
}

function any(list) {
  return list[Math.floor(Math.random() * list.length)];
}
