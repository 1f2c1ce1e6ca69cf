/** Environment variables by name; unset and empty are the same. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Reads the environment of the process; the only place that does. */
export function readEnv(): Env {
  return { ...process.env };
}

/** Silences the AWS SDK's warning about this version of Node; the SDK in use runs on it. */
export function silenceSdkVersionWarning(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}
