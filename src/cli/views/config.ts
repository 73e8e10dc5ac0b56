import type { EffectiveSettings } from '../../config/describe.ts';
import type { View } from '../command.ts';
import type { WithWarnings } from '../document.ts';
import { renderTable } from '../table.ts';

/** @title sluice config show --json */
export type ConfigShowDocument = WithWarnings<EffectiveSettings>;

export const configView: View<EffectiveSettings, ConfigShowDocument> = {
  table: (settings, style) =>
    renderTable(
      [
        { header: 'setting', value: (row) => row.key },
        { header: 'value', value: (row) => row.value, wrap: true },
        { header: 'from', value: (row) => row.origin },
      ],
      settings.settings,
      style,
    ),
};
