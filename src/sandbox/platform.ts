import { SluiceError } from '../errors/error.ts';
import { setting } from '../text/settings.ts';

export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** False on systems with musl, such as Alpine. */
  glibc: boolean;
}

export function thisMachine(): Machine {
  // Otherwise the report would query the network for interface names.
  const report = process.report as { excludeNetwork?: boolean; getReport(): object } | undefined;
  if (report) report.excludeNetwork = true;
  const { header } = (report?.getReport() ?? {}) as { header?: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header?.glibcVersionRuntime !== undefined };
}

/**
 * The suffix of PostgreSQL's artifact for a machine.
 * @throws SANDBOX_UNSUPPORTED if there is none.
 */
export function postgresPlatform({ platform, arch, glibc }: Machine): string {
  if (platform === 'linux' && arch === 'x64') return glibc ? 'linux-amd64' : 'linux-amd64-alpine';
  if (platform === 'linux' && arch === 'arm64' && glibc) return 'linux-arm64v8';
  if (platform === 'darwin' && arch === 'x64') return 'darwin-amd64';
  if (platform === 'darwin' && arch === 'arm64') return 'darwin-arm64v8';
  throw new SluiceError(
    'SANDBOX_UNSUPPORTED',
    `the sandbox does not run on ${platform} (${arch}${platform === 'linux' && !glibc ? ', musl' : ''})`,
    {
      hint: 'It runs on Linux and macOS, on x64 and arm64 (with musl on x64 only). Elsewhere, set the addresses of your own servers in sluice.yaml.',
    },
  );
}

/** @throws SANDBOX_UNSUPPORTED if there is no build of MariaDB. */
export function checkMariadb({ platform, arch, glibc }: Machine): void {
  if (platform === 'linux' && arch === 'x64' && glibc) return;
  throw new SluiceError('SANDBOX_UNSUPPORTED', `there is no MariaDB for the sandbox on ${platform} (${arch})`, {
    hint: `Omit ${setting('with', 'mariadb')}: Maven has a build for Linux on x64 with glibc only.`,
  });
}
