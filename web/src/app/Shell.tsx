import {
  Flex,
  Label,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  Nav,
  NavItem,
  NavList,
  Page,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core';
import { GlobeIcon } from '@patternfly/react-icons/dist/esm/icons/globe-icon';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'react-router';
import { clustersPath } from '../clusters/clusterPath';
import icon from '../favicon.svg';
import { UserMenu } from '../login/UserMenu';
import { RegionBanner } from './RegionBanner';
import type { AppRoute } from './routes';
import './shell.css';
import { ThemeSwitch } from './ThemeSwitch';
import { useNewVerdicts } from './useNewVerdicts';

const text = { product: 'GeoConsole', skip: 'Skip to content', navigation: 'Main', geography: 'Geography' };
const mainId = 'main';

export interface ShellProps {
  /** The page that is shown. */
  route: AppRoute;
  /** The pages that the navigation leads to. */
  navigation: readonly AppRoute[];
  /** The geography's name. */
  geography: string;
  children: ReactNode;
}

/** What surrounds every page: masthead, navigation, the banner of unhealthy regions, and the document's title. */
export function Shell({ route, navigation, geography, children }: ShellProps) {
  useFocusOnNewPage();
  useNewVerdicts();
  return (
    <Page
      masthead={<Top route={route} navigation={navigation} geography={geography} />}
      mainContainerId={mainId}
      skipToContent={<SkipToContent href={`#${mainId}`}>{text.skip}</SkipToContent>}
      banner={<RegionBanner />}
    >
      <title>{`${route.title} · ${geography} · ${text.product}`}</title>
      {children}
    </Page>
  );
}

function Top({ route, navigation, geography }: Omit<ShellProps, 'children'>) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadBrand>
          <Flex alignItems={{ default: 'alignItemsCenter' }}>
            <Link className="brand" to={clustersPath}>
              <img src={icon} alt="" />
              {text.product}
            </Link>
            <Label icon={<GlobeIcon title={text.geography} />}>{geography}</Label>
          </Flex>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight isStatic>
          <ToolbarContent className="masthead-bar" alignItems="center">
            <ToolbarItem className="masthead-pages" isOverflowContainer>
              <Nav aria-label={text.navigation} variant="horizontal">
                <NavList>
                  {navigation.map(({ path, nav }) => (
                    <NavItem key={path} isActive={route.nav === nav}>
                      <Link to={path}>{nav}</Link>
                    </NavItem>
                  ))}
                </NavList>
              </Nav>
            </ToolbarItem>
            <ToolbarItem align={{ default: 'alignEnd' }}>
              <ThemeSwitch />
            </ToolbarItem>
            <UserMenu />
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

// A screen reader or keyboard user starts each new page at its top, as after a full load.
function useFocusOnNewPage(): void {
  const { pathname } = useLocation();
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current !== pathname) {
      shown.current = pathname;
      document.getElementById(mainId)?.focus();
    }
  }, [pathname]);
}
