import { userFolders } from '../config/paths.ts';
import type { Context } from '../config/targets.ts';
import type { ListedConnector } from '../connect/types.ts';
import { loadReadable, showBroken } from '../connectors/load.ts';
import { openProjectFiles } from '../connectors/reading.ts';
import { SluiceError } from '../errors/error.ts';
import { runSecrets } from '../schemas/secrets.ts';
import type { SchemaStore } from '../schemas/store.ts';
import { mapTexts } from '../text/map-texts.ts';
import { redactKnown } from '../text/redact.ts';
import { command } from '../text/settings.ts';
import { examineCluster, worstFirst } from './cluster.ts';
import { candidates, permissionFindings, secretFiles, versionFindings } from './local.ts';
import { type DoctorFinding, type DoctorReport, finding, type LocalSide, type NotRead, type Stage } from './model.ts';
import type { DoctorPorts } from './ports.ts';
import { walkPipeline } from './walk.ts';

export interface DoctorRequest {
  /** A connector, whose pipeline is walked; undefined for the whole cluster. */
  name: string | undefined;
  cluster: Pick<Context, 'connect' | 'kafka'>;
  /** Versions of sluice and of Node.js. */
  versions: Pick<LocalSide, 'sluice' | 'node'>;
  /** Env files of this run. */
  envFiles: readonly string[];
  /** What was begun from here and has not ended, each with the command that ends it. */
  unfinished: readonly string[];
}

/**
 * What is wrong, why, and what to do. Changes nothing, anywhere.
 * @throws CONNECTOR_NOT_FOUND, the client's errors: without the worker nothing is known
 */
export async function examine(request: DoctorRequest, ports: DoctorPorts): Promise<DoctorReport> {
  const { context, clock } = ports;
  const at = clock.now().toISOString();
  if (request.name !== undefined) {
    const { walk, notRead, connectors } = await walkPipeline(request.name, ports);
    const hide = hider(connectors, ports.schemas);
    const stages = walk.stages.map((stage) => ({ ...stage, ...hide(foreign(stage)), cause: hide(stage.cause) }));
    const count = (...states: Stage['state'][]) => stages.filter(({ state }) => states.includes(state)).length;
    const summary = {
      connectors: connectors.length,
      errors: count('stuck'),
      warnings: count('warning'),
      notes: count('unknown'),
    };
    return { context, at, findings: [], walk: { ...walk, stages }, local: null, notRead: hide(notRead), summary };
  }
  const [cluster, local] = await Promise.all([examineCluster(ports), examineHere(request, ports)]);
  const byName = new Map(cluster.connectors.map((one) => [one.name, one]));
  const hidden = cluster.findings.map((one) => {
    const own = one.connectors.slice(0, 1).flatMap((name) => byName.get(name) ?? []);
    return one.details.length === 0 ? one : { ...one, ...hider(own, ports.schemas)(foreign(one)) };
  });
  const findings = worstFirst([...hidden, ...local.findings]);
  const count = (severity: DoctorFinding['severity']) => findings.filter((one) => one.severity === severity).length;
  return {
    context,
    at,
    findings,
    walk: null,
    local: local.side,
    notRead: [...cluster.notRead, ...local.notRead],
    summary: {
      connectors: cluster.connectors.length,
      errors: count('error'),
      warnings: count('warning'),
      notes: count('note'),
    },
  };
}

/** What may repeat texts from elsewhere; the rest are words of sluice, which a password may resemble. */
function foreign({ message, details }: Pick<Stage, 'message' | 'details'>) {
  return { message, details };
}

/** Hides the secrets of configurations, which traces and errors may repeat under any name. */
function hider(connectors: readonly ListedConnector[], schemas: SchemaStore): <T>(value: T) => T {
  const judged = connectors.map(({ info }) => ({ config: info.config }));
  const secretsOf = runSecrets(judged, schemas);
  const values = judged.flatMap((one) => [...secretsOf(one).values()]);
  return (value) => (values.length === 0 ? value : mapTexts(value, (text) => redactKnown(text, values)));
}

/** This machine: versions, the project, permissions, what was begun and not ended. */
async function examineHere(
  { cluster, versions, envFiles, unfinished }: DoctorRequest,
  { client, targets }: DoctorPorts,
): Promise<{ side: LocalSide; findings: DoctorFinding[]; notRead: NotRead[] }> {
  const [{ version }, project] = await Promise.all([client.server(), targets.project()]);
  const files = candidates(cluster, {
    envFiles,
    projectFolder: project?.folder,
    state: userFolders(targets.environment).state,
  });
  const { aheadMs } = client;
  const side: LocalSide = {
    ...versions,
    worker: version,
    workerClock: aheadMs === undefined ? null : Math.round(aheadMs / 1000),
    project: project === undefined ? null : project.file,
  };
  const findings = [
    ...versionFindings(version),
    ...(process.platform === 'win32' ? [] : permissionFindings(secretFiles(files))),
    ...unfinished.map((text) => finding('warning', 'unfinished', [], text)),
    ...(await projectFindings(targets)),
  ];
  return { side, findings, notRead: [] };
}

/** Files of the project that cannot be read; what is in those that can is for validate. */
async function projectFindings(targets: DoctorPorts['targets']): Promise<DoctorFinding[]> {
  if (((await targets.project())?.document.connectors ?? []).length === 0) return [];
  try {
    const stdin = () => Promise.resolve(Buffer.alloc(0));
    const { paths, ...options } = await openProjectFiles(targets, [], { stdin, offline: true });
    const { broken } = await loadReadable(paths, options);
    // Pull requests and laptops have no secrets.
    const wrong = broken.map((one) => showBroken(one)).filter(({ error }) => error.code !== 'REFERENCE_UNRESOLVED');
    if (wrong.length === 0) return [];
    return [
      finding(
        'warning',
        'project',
        [],
        `${wrong.length === 1 ? 'a file' : `${wrong.length} files`} of the project cannot be used`,
        {
          details: wrong.slice(0, 5).map(({ error }) => error.message),
          command: command('validate'),
        },
      ),
    ];
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return [
      finding('warning', 'project', [], `the project cannot be read: ${error.message}`, {
        hint: error.hint ?? null,
        command: command('validate'),
      }),
    ];
  }
}
