import { Dropdown, DropdownItem, DropdownList, MenuToggle, ToolbarItem } from '@patternfly/react-core';
import { useState } from 'react';
import { useSignedIn } from './signedIn';

const text = { signOut: 'Sign out' };

/** Names the signed-in user and lets them sign out. Nothing with auth None. */
export function UserMenu() {
  const signedIn = useSignedIn();
  const [isOpen, setOpen] = useState(false);
  if (signedIn === undefined) {
    return null;
  }
  const { user, session } = signedIn;
  return (
    <ToolbarItem>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        popperProps={{ position: 'right', appendTo: 'inline' }}
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            isExpanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            {user}
          </MenuToggle>
        )}
      >
        <DropdownList>
          <DropdownItem
            onClick={() => {
              void session.signOut();
            }}
          >
            {text.signOut}
          </DropdownItem>
        </DropdownList>
      </Dropdown>
    </ToolbarItem>
  );
}
