// An application's page with the official React SDK, bundled for sdks/core-js/browser.mjs: the component hands out the SDK
// that the hook gives it, so that calls are made as an application makes them.

import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider, useDescope, useSession, useUser } from '@descope/react-sdk';

function App({ ready }) {
  const sdk = useDescope();
  const { isSessionLoading } = useSession();
  useUser();
  if (!isSessionLoading) ready(sdk);
  return null;
}

window.Descope = ({ projectId, baseUrl, persistTokens, autoRefresh }) =>
  new Promise((ready) => {
    const app = createElement(App, { ready });
    createRoot(document.body).render(createElement(AuthProvider, { projectId, baseUrl, persistTokens, autoRefresh }, app));
  });
