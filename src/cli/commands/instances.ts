import { isIdPart } from '../../domain/ids.js';
import {
  limitOption,
  readOptions,
  SERVICE_HELP,
  SERVICE_OPTIONS,
} from '../arguments/read-options.js';
import { usageError } from '../cli-error.js';
import type { Command } from '../command.js';
import type { Instance } from '../service/operations.js';
import { withService, type Service } from '../service/service.js';
import { ServiceError } from '../service/service-error.js';
import { timeCell } from '../terminal/format.js';
import { printRows } from '../terminal/print-rows.js';
import type { Column } from '../terminal/table.js';

const HELP = `Usage: backups instances [options]

Lists the database instances that have backups, in all regions you may see.

  --region R           only instances of this region
  --limit N            at most N instances
  --json               one JSON object per line, for programs
${SERVICE_HELP}
Examples:
  backups instances --region cn-north-1
  backups instances --json | jq -r .id
`;

const COLUMNS: readonly Column<Instance>[] = [
  { title: 'INSTANCE', cell: ({ id }) => id },
  { title: 'ENGINE', cell: ({ engine }) => engine },
  { title: 'VERSION', cell: ({ engineVersion }) => engineVersion, isOptional: true },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'CREATED', cell: ({ createdAt }) => timeCell(createdAt), isOptional: true },
  { title: 'NAME', cell: ({ name }) => name, isOptional: true },
];

const OPTIONS = {
  ...SERVICE_OPTIONS,
  region: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const instances: Command = {
  help: HELP,
  async run(args, context) {
    const { values } = readOptions(args, OPTIONS);
    const { region, json = false } = values;
    const limit = limitOption(values.limit);
    if (region !== undefined && !isIdPart(region)) {
      throw usageError('--region must be a region code, for example cn-north-1.');
    }
    await withService(values, context, async (service) => {
      const failures: ServiceError[] = [];
      const pages = instancesOf(region, service, failures);
      await printRows(pages, { columns: COLUMNS, limit, json, nothing: 'No instances.' }, context);
      if (failures[0] !== undefined) throw failures[0];
    });
  },
};

/** Region after region. One that fails does not hide the others. */
async function* instancesOf(
  region: string | undefined,
  service: Service,
  failures: ServiceError[],
): AsyncGenerator<readonly Instance[]> {
  for (const regionId of region === undefined ? await service.regions() : [region]) {
    try {
      yield* service.instances(regionId);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      failures.push(error);
    }
  }
}
