/** The part of the official client used by the tests; the package has no types. */
declare module 'jdcloud-sdk-js' {
  interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }

  interface ClientOptions {
    readonly credentials: Credentials;
    readonly endpoint: { readonly protocol: string; readonly host: string };
    readonly regionId: string;
  }

  type Parameters = Readonly<Record<string, string | number>>;

  interface SdkAnswer {
    readonly requestId: string;
    readonly result?: unknown;
    readonly error?: unknown;
  }

  interface Client {
    describeBackupDownloadURL(parameters: Parameters, regionId?: string): Promise<SdkAnswer>;
    describeBackups(parameters: Parameters, regionId?: string): Promise<SdkAnswer>;
    describeInstances(parameters: Parameters, regionId?: string): Promise<SdkAnswer>;
    describeInstanceAttributes(parameters: Parameters, regionId?: string): Promise<SdkAnswer>;
  }

  const JDCloud: {
    RDS: new (options: ClientOptions) => Client;
    /** Its default logger prints every request with its signature. */
    config: { logger: (text: string, level?: string) => void };
  };
  // The package is a CommonJS module.
  export = JDCloud;
}
