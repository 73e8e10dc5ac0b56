import { compareTexts } from '../text/compare-texts.ts';
import { redactEntry } from '../text/redact.ts';
import type { SettingOrigin, Targets } from './targets.ts';

export interface ListedContext {
  name: string;
  /** As written, with credentials masked. */
  urls: string[];
  /** Changes in it ask for its name. */
  protected: boolean;
  /** Whether it has `kafka`, which lag, topics and dead letters need. */
  kafka: boolean;
  /** Where it is defined. */
  origin: 'project file' | 'user file' | 'sandbox';
  current: boolean;
}

export interface ContextList {
  /** Null if none was found. */
  projectFile: string | null;
  contexts: ListedContext[];
  /** What a command works on that names no context; null if that is an error. */
  current: {
    kind: 'context' | 'url';
    /** Of the context, or the URL without credentials. */
    name: string;
    origin: SettingOrigin;
    /** False if there is no such context; for a URL, if no context has it. */
    exists: boolean;
  } | null;
  /** What `context use` chose for this project, even if something overrides it. */
  used: string | null;
}

/** Every context, and which one is current. References stay as written: this needs no secrets. */
export async function listContexts(targets: Targets): Promise<ContextList> {
  const [files, selection, used] = [await targets.files(), await targets.selection(), await targets.usedContext()];
  const contexts = new Map<string, Omit<ListedContext, 'current'>>();
  for (const { project, origin } of files) {
    for (const [name, { connect, kafka, protected: isProtected = false }] of Object.entries(
      project.document.contexts ?? {},
    )) {
      const urls = [typeof connect === 'string' ? connect : connect.url].flat();
      const shown = urls.map((url) => redactEntry('connect.url', url));
      // Contexts are never merged: the first file counts.
      if (!contexts.has(name))
        contexts.set(name, { name, urls: shown, protected: isProtected, kafka: kafka !== undefined, origin });
    }
  }
  for (const [name, address] of targets.sandboxes().contexts) {
    const sandbox = { name, urls: [address], protected: false, kafka: true, origin: 'sandbox' as const };
    if (!contexts.has(name)) contexts.set(name, sandbox);
  }
  const current = selection?.kind === 'url' ? await targets.contextName() : selection?.name;
  return {
    projectFile: files.find((file) => file.origin === 'project file')?.project.file ?? null,
    contexts: [...contexts.values()]
      .map((one) => ({ ...one, current: one.name === current }))
      .sort((a, b) => compareTexts(a.name, b.name)),
    current:
      selection === undefined
        ? null
        : {
            kind: selection.kind,
            name: redactEntry('context', selection.name),
            origin: selection.origin,
            exists: current !== undefined && contexts.has(current),
          },
    used: used ?? null,
  };
}

export interface UsedContextReport {
  /** Null: the choice is for runs without a project file. */
  projectFile: string | null;
  /** Null: the choice was forgotten. */
  context: string | null;
  /** The choice before. */
  before: string | null;
  protected: boolean;
  /** What overrides the choice in this shell. */
  overriddenBy: 'SLUICE_CONTEXT' | 'SLUICE_CONNECT_URL' | null;
}

/**
 * Chooses the context for later runs in this project.
 * @param name undefined forgets the choice
 * @throws CONTEXT_UNKNOWN, SANDBOX_NOT_RUNNING, FILE_UNWRITABLE
 */
export async function useContext(targets: Targets, name: string | undefined): Promise<UsedContextReport> {
  // A record that cannot be read can still be replaced.
  const before = await targets.usedContext().catch(() => undefined);
  await targets.useContext(name);
  const { environment } = targets;
  const variable = (['SLUICE_CONNECT_URL', 'SLUICE_CONTEXT'] as const).find((one) => environment[one]);
  const files = await targets.files();
  const settings = files
    .map(({ project }) => project.document.contexts ?? {})
    .find((some) => Object.hasOwn(some, name ?? ''));
  return {
    projectFile: (await targets.project())?.file ?? null,
    context: name ?? null,
    before: before ?? null,
    protected: settings?.[name ?? '']?.protected ?? false,
    overriddenBy: variable ?? null,
  };
}
