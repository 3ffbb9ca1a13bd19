import '@patternfly/react-core/dist/styles/base.css';
import './shown/theme.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App, newQueryClient } from './app/App';
import { thisBrowser } from './login/browser';
import { Session } from './login/session';

const root = document.getElementById('root');
if (root === null) {
  throw new Error('index.html has no element with the id "root"');
}
createRoot(root).render(
  <StrictMode>
    <BrowserRouter>
      <App client={newQueryClient()} session={new Session(thisBrowser())} />
    </BrowserRouter>
  </StrictMode>,
);
