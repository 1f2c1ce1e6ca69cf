/** The signing of the product, which is built without declarations; the upstream asks for it. */
declare module '*/build/upstream/sign.js' {
  export type QueryParameter = readonly [name: string, value: string];

  export function signRequest(
    operation: { regionId: string; path: readonly string[]; query: readonly QueryParameter[] },
    facts: {
      host: string;
      credentials: { accessKeyId: string; secretAccessKey: { reveal(): string } };
      time: number;
      nonce: string;
    },
  ): { target: string; headers: Record<string, string> };
}
