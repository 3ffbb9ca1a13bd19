import { Alert, Button, ClipboardCopy, Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, PageSection, Stack, StackItem, Title } from '@patternfly/react-core';
import { Instant } from '../shown/Instant';
import { loginCommand, takenByCommands } from './commands';
import type { CommandLine } from './session';
import { type SignedIn, useSignedIn } from './signedIn';

const text = {
  title: 'Command line',
  what: 'With these commands ocm and rosa log in to this console, and get their tokens from its own issuer.',
  how: 'To fill in the token, you go to the issuer once more and come back. Whoever has the token can act as you. It is held in the memory of this tab, until you sign out, the session ends, or you load a page anew.',
  load: 'Load token',
  notRenewed: 'This session is not renewed any more, because the refresh token is yours now. It ends with its access token:',
  ocm: 'ocm login command',
  rosa: 'rosa login command',
  token: 'Refresh token',
  none: 'The issuer gave no refresh token',
  noneCure: 'Ask whoever runs the issuer to allow the scope offline_access for this console.',
  notTaken: 'The commands do not take the refresh tokens of this issuer',
  notTakenWhy: 'ocm and rosa take a refresh token that is a JWT of its own type; programs that use the OCM SDK take any.',
  access: 'The commands hold an access token. Load another one when it has run out:',
  copy: 'Copy',
  copied: 'Copied',
};

/** How to log in at a command line, with a token on demand. */
export function TokenPage() {
  const signedIn = useSignedIn();
  return signedIn === undefined ? null : <Commands {...signedIn} />;
}

function Commands({ session, issuer, commandLine }: SignedIn) {
  const refresh = commandLine?.refresh;
  const isTaken = refresh !== undefined && takenByCommands(refresh);
  const token = isTaken ? refresh : commandLine?.access;
  return (
    <PageSection>
      <Stack hasGutter>
        <StackItem>
          <Title headingLevel="h1">{text.title}</Title>
        </StackItem>
        <StackItem>
          <Content>
            <p>{text.what}</p>
            <p>{text.how}</p>
            {commandLine !== undefined && (
              <p>
                {text.notRenewed} <Instant at={commandLine.ends} />.
              </p>
            )}
          </Content>
        </StackItem>
        <StackItem>
          <Button
            onClick={() => {
              session.loadToken();
            }}
          >
            {text.load}
          </Button>
        </StackItem>
        {commandLine !== undefined && !isTaken && (
          <StackItem>
            <AccessOnly {...commandLine} />
          </StackItem>
        )}
        <StackItem>
          <DescriptionList>
            <Copied label={text.ocm} value={loginCommand('ocm', session.consoleURL, issuer, token)} />
            <Copied label={text.rosa} value={loginCommand('rosa', session.consoleURL, issuer, token)} />
            {refresh !== undefined && <Copied label={text.token} value={refresh} />}
          </DescriptionList>
        </StackItem>
      </Stack>
    </PageSection>
  );
}

// Why the commands hold an access token, and how long that is of use.
function AccessOnly({ refresh, ends }: CommandLine) {
  const [title, why] = refresh === undefined ? [text.none, text.noneCure] : [text.notTaken, text.notTakenWhy];
  return (
    <Alert variant={refresh === undefined ? 'warning' : 'info'} isInline component="h2" title={title}>
      {why} {text.access} <Instant at={ends} />.
    </Alert>
  );
}

function Copied({ label, value }: { label: string; value: string }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{label}</DescriptionListTerm>
      <DescriptionListDescription>
        <ClipboardCopy isReadOnly isCode textAriaLabel={label} copyAriaLabel={`${text.copy}: ${label}`} hoverTip={text.copy} clickTip={text.copied}>
          {value}
        </ClipboardCopy>
      </DescriptionListDescription>
    </DescriptionListGroup>
  );
}
