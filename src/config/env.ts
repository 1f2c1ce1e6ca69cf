/** Environment variables by name; unset and empty are the same. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Takes the environment of the process. The only place that reads it. */
export function readEnv(): Env {
  return { ...process.env };
}
