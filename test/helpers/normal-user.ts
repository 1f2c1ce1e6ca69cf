/** Its id, if root runs the tests. */
export const NORMAL_USER = 65_534;

/** Runs `act` as an unprivileged user, since root can open any file. */
export async function asNormalUser<Result>(act: () => Promise<Result>): Promise<Result> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NORMAL_USER);
  try {
    return await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
