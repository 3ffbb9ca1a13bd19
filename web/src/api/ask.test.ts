import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ask } from './ask';
import { askAs } from './bearer';
import { Failure } from './failure';

const shape = v.object({ id: v.string() });
const never = new AbortController().signal;

function answering(body: string, status = 200) {
  const fetched = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

describe('ask', () => {
  it('reads what was asked for, and sends no cookie', async () => {
    const fetched = answering('{"id":"a","more":1}');
    expect(await ask('/x', shape, { signal: never })).toEqual({ id: 'a' });
    expect(fetched).toHaveBeenCalledWith('/x', expect.objectContaining({ credentials: 'omit', cache: 'no-store' }));
  });

  it.each([
    { status: 404, body: '{"kind":"Error","id":"404","reason":"Cluster not found","operation_id":"op1"}', want: { kind: 'Refused', status: 404, message: 'Cluster not found', operationId: 'op1' } },
    { status: 502, body: '{"reason":"   "}', want: { kind: 'Refused', status: 502, message: 'The answer was HTTP status 502, without a reason.' } },
    { status: 503, body: '', want: { kind: 'Refused', status: 503, message: 'The answer was HTTP status 503, without a reason.' } },
    { status: 200, body: '<html>', want: { kind: 'Unreadable', message: 'The answer is not the JSON that was asked for.' } },
    { status: 200, body: '{"id":7}', want: { kind: 'Unreadable', message: 'The answer cannot be read: the field id is missing or not as expected.' } },
  ])('tells $want.kind from status $status and $body', async ({ status, body, want }) => {
    answering(body, status);
    const failure = await ask('/x', shape, { signal: never }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject(want);
  });

  it('reads no answer to an end that never comes', async () => {
    const mebibyte = new Uint8Array(1024 * 1024).fill(32);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => { sent += 1; to.enqueue(mebibyte); } });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(endless)));
    await expect(ask('/x', shape, { signal: never })).rejects.toMatchObject({ kind: 'Unreadable', message: 'The answer is longer than 64 MiB.' });
    expect(sent).toBeLessThan(70);
  });

  function hanging() {
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); }));
  }

  it('ends a question that gets no answer in time', async () => {
    hanging();
    await expect(ask('/x', shape, { signal: never, timeout: 10 })).rejects.toMatchObject({ kind: 'TimedOut', message: 'No answer came within 0.01 seconds.' });
  });

  it('ends a question that nobody waits for, without calling it a failure', async () => {
    hanging();
    const asking = new AbortController();
    const answer = ask('/x', shape, { signal: asking.signal });
    asking.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('ask, with a user', () => {
  let forget: () => void = () => undefined;
  afterEach(() => {
    forget();
  });
  const sent = (fetched: ReturnType<typeof answering>) => (fetched.mock.calls as unknown as [string, RequestInit][]).map(([, init]) => new Headers(init.headers).get('Authorization'));

  it.each(['/api/geo/v1/regions', '/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters'])('sends the token to %s', async (path) => {
    const fetched = answering('{"id":"a"}');
    forget = askAs({ token: () => 'secret', renew: () => Promise.resolve(undefined), refused: () => undefined });
    await ask(path, shape, { signal: never });
    expect(sent(fetched)).toEqual(['Bearer secret']);
  });

  it.each(['/config.json', '/assets/a.json', '/apis/a', 'https://elsewhere.example.com/api/a', '//elsewhere.example.com/api/a', '/\\elsewhere.example.com/api/a'])('sends no token to %s', async (path) => {
    const fetched = answering('{"id":"a"}');
    forget = askAs({ token: () => 'secret', renew: () => Promise.resolve(undefined), refused: () => undefined });
    await ask(path, shape, { signal: never });
    expect(sent(fetched)).toEqual([null]);
  });

  it('asks nothing that needs a token while there is none', async () => {
    const fetched = answering('{"id":"a"}');
    forget = askAs({ token: () => undefined, renew: () => Promise.resolve(undefined), refused: () => undefined });
    await expect(ask('/api/geo/v1/regions', shape, { signal: never })).rejects.toMatchObject({ kind: 'Refused', status: 401 });
    expect(fetched).not.toHaveBeenCalled();
  });
});
