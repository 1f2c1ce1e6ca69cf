
      export interface PossibleTypesResultData {
        possibleTypes: {
          [key: string]: string[]
        }
      }
      const result: PossibleTypesResultData = {
  "possibleTypes": {
    "BackupDownloadURL": [
      "MySqlBackupDownloadURL",
      "SqlServerBackupDownloadURL"
    ],
    "DownloadLink": [
      "MySqlBackupDownloadURL",
      "SqlServerBackupDownloadURL"
    ]
  }
};
      export default result;
    