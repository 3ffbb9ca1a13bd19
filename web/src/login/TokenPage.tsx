import { Alert, Button, ClipboardCopy, Content, DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm, PageSection, Stack, StackItem, Title } from '@patternfly/react-core';
import { loginCommand } from './commands';
import { type SignedIn, useSignedIn } from './signedIn';

const text = {
  title: 'Command line',
  what: 'With these commands ocm and rosa log in to this console, and get their tokens from its own issuer.',
  how: 'To fill in the token, you go to the issuer once more and come back. Whoever has the token can act as you. It is held in the memory of this tab, until you sign out or load a page anew.',
  load: 'Load token',
  ocm: 'ocm login command',
  rosa: 'rosa login command',
  token: 'Refresh token',
  none: 'The issuer gave no refresh token',
  noneCure: 'Ask whoever runs the issuer to allow the scope offline_access for this console.',
  copy: 'Copy',
  copied: 'Copied',
};

/** How to log in at a command line, with a token on demand. */
export function TokenPage() {
  const signedIn = useSignedIn();
  return signedIn === undefined ? null : <Commands signedIn={signedIn} />;
}

function Commands({ signedIn: { session, issuer, offlineToken } }: { signedIn: SignedIn }) {
  const token = offlineToken ?? undefined;
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
          </Content>
        </StackItem>
        {offlineToken === null && (
          <StackItem>
            <Alert variant="warning" isInline component="h2" title={text.none}>
              {text.noneCure}
            </Alert>
          </StackItem>
        )}
        <StackItem>
          <Button
            onClick={() => {
              session.loadToken();
            }}
          >
            {text.load}
          </Button>
        </StackItem>
        <StackItem>
          <DescriptionList>
            <Copied label={text.ocm} value={loginCommand('ocm', session.consoleURL, issuer, token)} />
            <Copied label={text.rosa} value={loginCommand('rosa', session.consoleURL, issuer, token)} />
            {token !== undefined && <Copied label={text.token} value={token} />}
          </DescriptionList>
        </StackItem>
      </Stack>
    </PageSection>
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
