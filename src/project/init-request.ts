import type { Values } from '../connectors/templates/values.ts';
import type { CiService } from './init-ci.ts';

export interface InitContext {
  name: string;
  /** URL of the Connect REST API. */
  connect: string;
  bootstrapServers?: string | undefined;
  protected: boolean;
}

export interface AddRequest {
  /** Folder of the project; created if missing. */
  folder: string;
  /** Adds what validates, plans, deploys and looks for drift in CI. */
  ci?: CiService | undefined;
  /** Adds a git hook that validates before a commit. */
  hook?: boolean | undefined;
}

export interface InitRequest extends AddRequest {
  contexts: readonly InitContext[];
  templates: readonly InitTemplate[];
}

export interface InitTemplate {
  template: string;
  values: Values;
}
