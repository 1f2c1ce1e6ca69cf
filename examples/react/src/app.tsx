import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { BackupList } from './backup-list';
import { explain } from './client';
import { InstancesDocument, RegionsDocument } from './generated/operations';

/** Leads from a region to an instance to its backups. */
export function App({ signIn }: { readonly signIn: (token: string) => void }) {
  const { data, error } = useQuery(RegionsDocument);
  const [chosen, setChosen] = useState<string | null>(null);
  const regions = data?.regions ?? [];
  const regionId = chosen ?? regions[0]?.id ?? null;
  if (error) return <SignIn why={explain(error)} signIn={signIn} />;
  return (
    <main>
      <h1>Backups</h1>
      <label>
        Region{' '}
        <select value={regionId ?? ''} onChange={(event) => setChosen(event.target.value)}>
          {regions.map(({ id, name }) => (
            <option key={id} value={id}>
              {name ?? id}
            </option>
          ))}
        </select>
      </label>
      {regionId !== null && <Instances key={regionId} regionId={regionId} />}
    </main>
  );
}

function Instances({ regionId }: { readonly regionId: string }) {
  const { data, error } = useQuery(InstancesDocument, { variables: { regionId } });
  const [instanceId, setInstanceId] = useState('');
  return (
    <>
      <label>
        Instance{' '}
        <select value={instanceId} onChange={(event) => setInstanceId(event.target.value)}>
          <option value="">Choose…</option>
          {data?.instances?.nodes.map((instance) => (
            <option key={instance.id} value={instance.instanceId}>
              {instance.name ?? instance.instanceId}
            </option>
          ))}
        </select>
      </label>
      {error && <p role="alert">{explain(error)}</p>}
      {instanceId !== '' && (
        <BackupList key={instanceId} regionId={regionId} instanceId={instanceId} />
      )}
    </>
  );
}

function SignIn({
  why,
  signIn,
}: {
  readonly why: string;
  readonly signIn: (token: string) => void;
}) {
  const [token, setToken] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn(token.trim());
      }}
    >
      <p role="alert">{why}</p>
      <label>
        Token <input value={token} onChange={(event) => setToken(event.target.value)} />
      </label>
      <button>Sign in</button>
    </form>
  );
}
