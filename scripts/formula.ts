// Prints the Homebrew formula of a release:
//   node scripts/formula.ts VERSION OWNER/REPOSITORY < SHA256SUMS
import { readFileSync } from 'node:fs';

const PLATFORMS = [
  ['macos', 'arm', 'darwin-arm64'],
  ['macos', 'intel', 'darwin-x64'],
  ['linux', 'arm', 'linux-arm64'],
  ['linux', 'intel', 'linux-x64'],
] as const;

/** The name of a release's archive; the release workflow makes them. */
export function archiveName(version: string, platform: string): string {
  return `sluice-${version}-${platform}.${platform.startsWith('win32') ? 'zip' : 'tar.gz'}`;
}

/** Checksums by file name, from the output of `sha256sum`. @throws if a line is something else */
export function parseChecksums(text: string): Map<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, sum, name] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line) ?? [];
        if (sum === undefined || name === undefined) throw new Error(`not a line of sha256sum: ${line}`);
        return [name, sum] as const;
      }),
  );
}

/** @throws if a version, a repository or a checksum is missing or malformed: they go into Ruby code */
export function formula(version: string, repository: string, sums: ReadonlyMap<string, string>): string {
  if (!/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/.test(version)) throw new Error(`not a version: ${version}`);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`not OWNER/REPOSITORY: ${repository}`);
  const archive = (cpu: string, platform: string) => {
    const name = archiveName(version, platform);
    const sum = sums.get(name);
    if (sum === undefined) throw new Error(`no checksum of ${name}`);
    return `    on_${cpu} do
      url "https://github.com/${repository}/releases/download/v${version}/${name}"
      sha256 "${sum}"
    end`;
  };
  const systems = ['macos', 'linux'].map((system) => {
    const archives = PLATFORMS.filter(([one]) => one === system).map(([, cpu, platform]) => archive(cpu, platform));
    return `  on_${system} do\n${archives.join('\n')}\n  end`;
  });
  return `class Sluice < Formula
  desc "Validate, deploy, watch and reconcile Kafka Connect connectors"
  homepage "https://github.com/${repository}"
  version "${version}"
  license "Apache-2.0"

${systems.join('\n\n')}

  def install
    bin.install "sluice"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sluice version")
  end
end
`;
}

if (import.meta.main) {
  const [version = '', repository = ''] = process.argv.slice(2);
  process.stdout.write(formula(version, repository, parseChecksums(readFileSync(0, 'utf8'))));
}
