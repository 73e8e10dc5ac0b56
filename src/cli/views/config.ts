import type { EffectiveSettings } from '../../config/describe.ts';
import type { View } from '../command.ts';
import { renderTable } from '../table.ts';

export const configView: View<EffectiveSettings> = {
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
