import { isIdPart } from '../../domain/ids.js';
import { usageError } from '../cli-error.js';
import { defineCommand, JSON_OPTION, limitOption, SERVICE_OPTIONS } from '../options.js';
import type { Instance } from '../service/operations.js';
import { withService, type Service } from '../service/service.js';
import { ServiceError } from '../service/service-error.js';
import { printRows, timeCell, type Column } from '../terminal/table.js';

const COLUMNS: readonly Column<Instance>[] = [
  { title: 'INSTANCE', cell: ({ id }) => id },
  { title: 'ENGINE', cell: ({ engine }) => engine },
  { title: 'VERSION', cell: ({ engineVersion }) => engineVersion, isOptional: true },
  { title: 'STATUS', cell: ({ status }) => status },
  { title: 'CREATED', cell: ({ createdAt }) => timeCell(createdAt), isOptional: true },
  { title: 'NAME', cell: ({ name }) => name, isOptional: true },
];

export const command = defineCommand({
  usage: 'instances [options]',
  about: 'Lists the database instances in all regions you may see, also those without backups.',
  options: {
    region: { value: 'R', help: 'only instances of this region' },
    limit: { value: 'N', help: 'at most N instances' },
    ...JSON_OPTION,
    ...SERVICE_OPTIONS,
  },
  notes: `Examples:
  backups instances --region cn-north-1
  backups instances --json | jq -r .id
`,
  async run({ region, limit: most, json, ...options }, context) {
    const limit = limitOption(most);
    if (region !== undefined && !isIdPart(region)) {
      throw usageError('--region must be a region code, for example cn-north-1.');
    }
    await withService(options, context, async (service) => {
      const failures: ServiceError[] = [];
      const pages = instancesOf(region, service, failures);
      const count = await printRows(pages, { columns: COLUMNS, limit, json }, context);
      if (failures[0] !== undefined) throw failures[0];
      if (count === 0) context.say('No instances.');
    });
  },
});

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
