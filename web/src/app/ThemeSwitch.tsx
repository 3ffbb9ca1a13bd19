import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { DesktopIcon } from '@patternfly/react-icons/dist/esm/icons/desktop-icon';
import { MoonIcon } from '@patternfly/react-icons/dist/esm/icons/moon-icon';
import { SunIcon } from '@patternfly/react-icons/dist/esm/icons/sun-icon';
import { useState } from 'react';
import { type Theme, useTheme } from '../shown/theme';

const text: { group: string; label: Record<Theme, string> } = {
  group: 'Theme',
  label: { System: 'Theme of the system', Light: 'Light theme', Dark: 'Dark theme' },
};
const icons: [Theme, typeof SunIcon][] = [
  ['System', DesktopIcon],
  ['Light', SunIcon],
  ['Dark', MoonIcon],
];

/** Chooses the theme; at first it is the system's. */
export function ThemeSwitch() {
  const [chosen, setChosen] = useState<Theme>('System');
  useTheme(chosen);
  return (
    <ToggleGroup aria-label={text.group}>
      {icons.map(([theme, Icon]) => (
        <ToggleGroupItem
          key={theme}
          icon={<Icon />}
          aria-label={text.label[theme]}
          isSelected={theme === chosen}
          onChange={() => {
            setChosen(theme);
          }}
        />
      ))}
    </ToggleGroup>
  );
}
