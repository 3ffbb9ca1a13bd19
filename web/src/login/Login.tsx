import { Bullseye, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Spinner } from '@patternfly/react-core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { askAs } from '../api/bearer';
import { configQuery, type Issuer } from '../api/console';
import { useTheme } from '../shown/theme';
import { callbackPath } from './paths';
import type { Session, Standing } from './session';
import { SignedInContext } from './signedIn';
import './login.css';

const text = {
  going: 'Signing in',
  closed: 'Maintenance',
  product: 'GeoConsole',
  signIn: 'Sign in',
  again: 'Sign in again',
  retry: 'Try again',
  needed: 'Sign in',
  neededBody: (geography: string) => `The clusters of ${geography} are shown to signed-in users.`,
  expired: 'Your session has expired',
  expiredBody: 'You come back to this page.',
  interrupted: 'Your session is interrupted',
  interruptedBody: (issuerURL: string) => `Your access has run out, and ${issuerURL} does not answer this browser. The session goes on by itself when it does.`,
  signedOut: 'You are signed out',
  signedOutBody: 'This tab holds no session of this console.',
  issuerMay: (issuerURL: string) => `You may still be signed in at ${issuerURL}. The next sign-in from here has it ask you again.`,
  issuerSilent: 'The issuer does not answer',
  issuerSilentBody: (issuerURL: string) => `The console has not reached ${issuerURL} yet. The sign-in begins by itself when it has.`,
  failed: 'The sign-in failed',
};

export interface LoginProps {
  session: Session;
  issuer: Issuer;
  /** The geography's name. */
  geography: string;
  /** What is shown in place of a sign-in while nobody is let in. */
  closed: ReactNode | undefined;
  children: ReactNode;
}

/** Shows its children to a signed-in user, and to everybody else how to become one. */
export function Login({ session, issuer, geography, closed, children }: LoginProps) {
  const standing = useSyncExternalStore(session.subscribe, session.now);
  const { pathname, search, hash } = useLocation();
  const path = pathname + search + hash;
  // An answer of the issuer is taken at any time: it would not be good for long.
  const isClosed = closed !== undefined && pathname !== callbackPath;
  useOpened(session, issuer, path, isClosed);
  useForgetting(standing);
  useReturn(session);
  useRetry(session);
  const signedIn = useMemo(() => (standing.is === 'SignedIn' ? { user: standing.user, session, issuer: standing.issuer, commandLine: standing.commandLine } : undefined), [session, standing]);
  if (isClosed && signedIn === undefined) {
    return (
      <Alone title={text.closed} geography={geography}>
        {closed}
      </Alone>
    );
  }
  if (pathname === callbackPath || standing.is === 'Going') {
    return (
      <Alone title={text.going} geography={geography}>
        <EmptyState titleText={text.going} headingLevel="h1" icon={Spinner} role="status" />
      </Alone>
    );
  }
  if (signedIn === undefined) {
    return <Outside standing={standing} session={session} issuer={issuer} geography={geography} path={path} />;
  }
  return <SignedInContext value={signedIn}>{children}</SignedInContext>;
}

function useOpened(session: Session, issuer: Issuer, path: string, isClosed: boolean): void {
  const navigate = useNavigate();
  useEffect(() => askAs(session), [session]);
  useEffect(() => {
    if (!isClosed) {
      session.open(issuer, path, (to) => {
        void navigate(to, { replace: true });
      });
    }
  }, [session, issuer, path, isClosed, navigate]);
}

// What regions told a user goes out of memory with the session.
function useForgetting({ is }: Standing): void {
  const client = useQueryClient();
  useEffect(() => {
    if (is !== 'SignedIn') {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== configQuery.queryKey[0] });
    }
  }, [client, is]);
}

// A machine that wakes up has its network a moment later than its timers.
function useRetry(session: Session): void {
  useEffect(() => {
    const shown = () => {
      if (document.visibilityState === 'visible') {
        session.retry();
      }
    };
    window.addEventListener('online', session.retry);
    document.addEventListener('visibilitychange', shown);
    return () => {
      window.removeEventListener('online', session.retry);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [session]);
}

function useReturn(session: Session): void {
  useEffect(() => {
    const shown = ({ persisted }: PageTransitionEvent) => {
      if (persisted) {
        session.shownAgain();
      }
    };
    window.addEventListener('pageshow', shown);
    return () => {
      window.removeEventListener('pageshow', shown);
    };
  }, [session]);
}

interface OutsideProps extends Omit<LoginProps, 'children' | 'closed'> {
  standing: Standing;
  /** The page that is asked for. */
  path: string;
}

function Outside({ standing, session, issuer, geography, path }: OutsideProps) {
  const signIn = (label: string) => (
    <Button
      onClick={() => {
        session.signIn(path);
      }}
    >
      {label}
    </Button>
  );
  switch (standing.is) {
    case 'Expired':
      return <Message title={text.expired} body={text.expiredBody} geography={geography} action={signIn(text.again)} />;
    case 'Interrupted':
      return <Message title={text.interrupted} body={text.interruptedBody(issuer.issuerURL)} geography={geography} action={<Button onClick={session.retry}>{text.retry}</Button>} isBad />;
    case 'SignedOut':
      return <Message title={text.signedOut} body={issuer.endSessionURL === '' ? `${text.signedOutBody} ${text.issuerMay(issuer.issuerURL)}` : text.signedOutBody} geography={geography} action={signIn(text.signIn)} />;
    case 'Failed':
      return <Message title={text.failed} body={standing.why} geography={geography} action={signIn(text.signIn)} isBad />;
    case 'IssuerSilent':
      return <Message title={text.issuerSilent} body={text.issuerSilentBody(issuer.issuerURL)} geography={geography} action={<AskConfig />} isBad />;
    default:
      return <Message title={text.needed} body={text.neededBody(geography)} geography={geography} action={signIn(text.signIn)} />;
  }
}

// The config tells the issuer's addresses as soon as the console has read them.
function AskConfig() {
  const client = useQueryClient();
  return (
    <Button
      onClick={() => {
        void client.refetchQueries({ queryKey: configQuery.queryKey });
      }}
    >
      {text.retry}
    </Button>
  );
}

function Message({ title, body, geography, action, isBad = false }: { title: string; body: string; geography: string; action: ReactNode; isBad?: boolean }) {
  return (
    <Alone title={title} geography={geography}>
      <EmptyState titleText={title} headingLevel="h1" {...(isBad ? { status: 'danger', role: 'alert' } : { role: 'status' })}>
        <EmptyStateBody>{body}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>{action}</EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Alone>
  );
}

// No shell: its banner asks the console as a user.
function Alone({ title, geography, children }: { title: string; geography: string; children: ReactNode }) {
  useTheme('System');
  const main = useRef<HTMLElement>(null);
  // What stood here before, and had the focus, is gone.
  useEffect(() => main.current?.focus(), [title]);
  return (
    <main className="alone" ref={main} tabIndex={-1} aria-label={title}>
      <title>{`${title} · ${geography} · ${text.product}`}</title>
      <Bullseye>{children}</Bullseye>
    </main>
  );
}
