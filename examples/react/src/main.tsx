import { ApolloProvider } from '@apollo/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { createClient } from './client';

// In memory only: a stored token would outlive the visit.
let token: string | null = null;
const client = createClient(() => token);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <App
        signIn={(next) => {
          token = next;
          void client.resetStore();
        }}
      />
    </ApolloProvider>
  </StrictMode>,
);
