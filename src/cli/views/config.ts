import type { EffectiveSettings } from '../../config/describe.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice config show --json */
export type ConfigShowDocument = WithWarnings<EffectiveSettings>;

const NO_PROJECT = 'There is no sluice.yaml from here upward. Start a project: sluice init';

export const configView: View<EffectiveSettings, ConfigShowDocument> = {
  table: (settings, style) => {
    if (settings.settings.length === 0)
      return 'No settings: there is no sluice.yaml from here upward, and no user-wide config.yaml.\nStart a project: sluice init';
    const table = renderTable(
      [
        { header: 'setting', value: (row) => row.key },
        { header: 'value', value: (row) => row.value, wrap: true },
        { header: 'from', value: (row) => row.origin },
      ],
      settings.settings,
      style,
    );
    return settings.projectFile === null ? `${table}\n\n${NO_PROJECT}` : table;
  },
};
