import { createRequire } from 'node:module';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './embedded.js';

type Call = (options: object, regionId: string) => Promise<SdkAnswer>;

export interface SdkAnswer {
  readonly requestId: string;
  /** Different for every operation. */
  readonly result: any;
}

/** The rejection of a failed SDK call. */
export interface SdkFailure {
  readonly error: { readonly code: number; readonly status: string; readonly message: string };
}

/** The operations of the vendor's client that the product supports. */
export interface OfficialSdk {
  readonly describeBackups: Call;
  readonly describeInstances: Call;
  readonly describeInstanceAttributes: Call;
  readonly describeBackupDownloadURL: Call;
}

type Rds = new (options: object) => OfficialSdk;

const require = createRequire(import.meta.url);

/** The vendor's RDS client for `origin`, without its request logger. */
export function officialSdk(origin: string, secretAccessKey = SECRET_ACCESS_KEY): OfficialSdk {
  const Client = require('jdcloud-sdk-js/src/services/rds.js') as Rds;
  const core = require('jdcloud-sdk-js/src/lib/core.js') as { config: { logger: () => void } };
  core.config.logger = () => undefined;
  const { host } = new URL(origin);
  return new Client({
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey },
    endpoint: { protocol: 'http', host },
  });
}
