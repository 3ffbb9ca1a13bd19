import { Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle, ToolbarItem } from '@patternfly/react-core';
import { UserIcon } from '@patternfly/react-icons/dist/esm/icons/user-icon';
import { useState } from 'react';
import { useSignedIn } from './signedIn';
import './userMenu.css';

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
            className="user-toggle"
            icon={<UserIcon />}
            isExpanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            <bdi className="user-name">{user}</bdi>
          </MenuToggle>
        )}
      >
        <DropdownGroup label={<bdi className="user-whole">{user}</bdi>}>
          <DropdownList>
            <DropdownItem
              onClick={() => {
                void session.signOut();
              }}
            >
              {text.signOut}
            </DropdownItem>
          </DropdownList>
        </DropdownGroup>
      </Dropdown>
    </ToolbarItem>
  );
}
