import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';

export interface VersionReport {
  version: string;
  /** Version of Node.js. */
  node: string;
  platform: string;
  arch: string;
}

/** @title sluice version --json */
export type VersionDocument = WithWarnings<VersionReport>;

export const versionView: View<VersionReport, VersionDocument> = {
  table: ({ version, node, platform, arch }) => `sluice ${version} (Node.js ${node}, ${platform} ${arch})`,
};
