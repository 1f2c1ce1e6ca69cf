import { backupIdsOf, FILE, INSTANCES, REGION } from './data.js';

const LINK = `downloadURL(fileName: "${FILE}") {
  __typename
  ... on SqlServerBackupDownloadURL { fileName databaseName publicURL internalURL expiresAt }
  ... on MySqlBackupDownloadURL { publicURL internalURL expiresAt }
}`;

const [INSTANCE] = INSTANCES;

export const ONE = {
  query: `query One($id: ID!) { backup(id: $id) { id name status ${LINK} } }`,
  variables: { id: `${REGION}/${INSTANCE}/${backupIdsOf(INSTANCE)[7]}` },
};

export const PAGE = {
  query: `query Page($regionId: ID!, $instanceId: ID!) {
    backups(regionId: $regionId, instanceId: $instanceId, first: 50) {
      totalCount
      nodes { id name status startedAt sizeBytes ${LINK} }
    }
  }`,
  variables: { regionId: REGION, instanceId: INSTANCE },
};

export const ENTITIES = {
  query: `query Entities($of: [_Any!]!) {
    _entities(representations: $of) { ... on Backup { id name status startedAt sizeBytes } }
  }`,
  variables: {
    of: INSTANCES.flatMap((instanceId) =>
      backupIdsOf(instanceId)
        .slice(0, 40)
        .map((backupId) => ({ __typename: 'Backup', id: `${REGION}/${instanceId}/${backupId}` })),
    ),
  },
};

/** The same data through a schema made from the REST API, which has its own names. */
export const REST_LINK = `downloadURLs(fileName: "${FILE}") { result { publicURL internalURL } }`;

export const REST_PAGE = {
  query: `query Page($regionId: String!, $instanceId: String!) {
    describeBackups(regionId: $regionId, instanceId: $instanceId, pageNumber: "1", pageSize: "50") {
      result {
        totalCount
        backup { backupId backupName backupStatus backupStartTime backupSizeByte ${REST_LINK} }
      }
    }
  }`,
  variables: { regionId: REGION, instanceId: INSTANCE },
};
