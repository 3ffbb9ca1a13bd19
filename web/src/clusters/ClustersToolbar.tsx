import {
  Badge,
  MenuToggle,
  type MenuToggleElement,
  SearchInput,
  Select,
  SelectList,
  SelectOption,
  Toolbar,
  ToolbarContent,
  ToolbarFilter,
  ToolbarItem,
  ToolbarToggleGroup,
} from '@patternfly/react-core';
import { FilterIcon } from '@patternfly/react-icons/dist/esm/icons/filter-icon';
import { type ReactNode, type Ref, useState } from 'react';
import { type Region, regionTitle } from '../api/console';
import { type Filter, noFilter } from './rows';

const text = {
  name: 'Name',
  region: 'Region',
  filterByName: 'Filter by name',
  filterByRegion: 'Filter by region',
  clear: 'Clear all filters',
};

export interface ClustersToolbarProps {
  filter: Filter;
  regions: readonly Region[];
  onFilter: (filter: Filter) => void;
  /** The paging controls. */
  children: ReactNode;
}

/** The filters of the list, what they are set to, and the paging controls. */
export function ClustersToolbar({ filter, regions, onFilter, children }: ClustersToolbarProps) {
  const chosen = regions.filter(({ id }) => filter.regionIds.includes(id));
  const setName = (name: string) => {
    onFilter({ ...filter, name });
  };
  const setRegions = (regionIds: readonly string[]) => {
    onFilter({ ...filter, regionIds });
  };
  const without = (id: string) => filter.regionIds.filter((other) => other !== id);
  return (
    <Toolbar
      clearAllFilters={() => {
        onFilter(noFilter);
      }}
      clearFiltersButtonText={text.clear}
    >
      <ToolbarContent>
        <ToolbarToggleGroup toggleIcon={<FilterIcon />} breakpoint="md">
          <ToolbarFilter
            categoryName={text.name}
            labels={filter.name === '' ? [] : [filter.name]}
            deleteLabel={() => {
              setName('');
            }}
          >
            <SearchInput
              aria-label={text.filterByName}
              placeholder={text.filterByName}
              value={filter.name}
              onChange={(_, name) => {
                setName(name);
              }}
              onClear={() => {
                setName('');
              }}
            />
          </ToolbarFilter>
          <ToolbarFilter
            categoryName={text.region}
            labels={chosen.map((region) => ({ key: region.id, node: regionTitle(region) }))}
            deleteLabel={(_, label) => {
              setRegions(without(typeof label === 'string' ? label : label.key));
            }}
            deleteLabelGroup={() => {
              setRegions([]);
            }}
          >
            <RegionSelect
              regions={regions}
              chosen={chosen}
              onToggle={(id) => {
                setRegions(filter.regionIds.includes(id) ? without(id) : [...filter.regionIds, id]);
              }}
            />
          </ToolbarFilter>
        </ToolbarToggleGroup>
        <ToolbarItem align={{ default: 'alignEnd' }}>{children}</ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}

interface RegionSelectProps {
  regions: readonly Region[];
  chosen: readonly Region[];
  onToggle: (id: string) => void;
}

function RegionSelect({ regions, chosen, onToggle }: RegionSelectProps) {
  const [open, setOpen] = useState(false);
  return (
    <Select
      role="menu"
      isOpen={open}
      isScrollable
      // Inline, so that the menu lies inside the page's main landmark.
      popperProps={{ appendTo: 'inline' }}
      onOpenChange={setOpen}
      onSelect={(_, id) => {
        onToggle(String(id));
      }}
      toggle={(toggle: Ref<MenuToggleElement>) => (
        <MenuToggle
          ref={toggle}
          isExpanded={open}
          onClick={() => {
            setOpen(!open);
          }}
          badge={chosen.length > 0 ? <Badge isRead>{chosen.length}</Badge> : undefined}
        >
          {text.filterByRegion}
        </MenuToggle>
      )}
    >
      <SelectList>
        {regions.map((region) => (
          <SelectOption key={region.id} value={region.id} hasCheckbox isSelected={chosen.includes(region)}>
            {regionTitle(region)}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
