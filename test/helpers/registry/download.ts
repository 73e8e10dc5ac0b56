// node test/helpers/registry/download.ts: puts Apicurio into the cache folder, for `npm run test:registry`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { APICURIO, apicurioFolder, isDownloaded } from './apicurio.ts';

if (!isDownloaded()) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-apicurio-'));
  try {
    const artifact = `-Dartifact=io.apicurio:apicurio-registry-app:${APICURIO}:tar.gz:all`;
    execFileSync('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${folder}`], { stdio: 'inherit' });
    mkdirSync(apicurioFolder(), { recursive: true });
    const archive = path.join(folder, `apicurio-registry-app-${APICURIO}-all.tar.gz`);
    execFileSync('tar', ['-xzf', archive, '-C', apicurioFolder()]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
