import { vi } from 'vitest';
import type { Region, RegionStatus } from '../api/console';
import type { FakeIssuer } from './fakeIssuer';

export const ireland: Region = { id: 'aws.eu-west-1', displayName: 'Ireland', state: 'Active', message: '' };
export const frankfurt: Region = { id: 'aws.eu-central-1', displayName: 'Frankfurt', state: 'Active', message: '' };
export const paris: Region = { id: 'aws.eu-west-3', displayName: 'Paris', state: 'Active', message: '' };

/** A cluster as a region tells of it, with what a test cares for. */
export type WireCluster = Record<string, unknown> & { id: string };

export function cluster(id: string, fields: Record<string, unknown> = {}): WireCluster {
  return { kind: 'Cluster', id, name: id, state: 'ready', openshift_version: '4.18.5', creation_timestamp: '2025-03-01T10:00:00Z', ...fields };
}

type Answer = { status: number; body: unknown; headers?: Record<string, string> } | 'hang' | 'unreachable';

/** Stands in for window.fetch: a console with regions that answer, fail or stay silent, as the test tells them to. */
export class FakeConsole {
  regions: Region[] = [ireland, frankfurt, paris];
  verdicts: Partial<RegionStatus>[] | 'unreachable' = [];
  config: Answer | undefined;
  /** The message by which users are kept out of the whole geography. */
  maintenance: string | undefined;
  /** Where users sign in; without it, auth None. */
  issuer: FakeIssuer | undefined;
  /** The cause for which the console refuses a token that the issuer does not call good. */
  refusal = 'TokenExpired';
  /** Every path that was asked for, query included. */
  readonly asked: string[] = [];
  /** The token that came with each of these questions, if any. */
  readonly tokens: (string | undefined)[] = [];
  private readonly inRegion = new Map<string, Answer | WireCluster[]>();
  private readonly held = new Map<string, { promise: Promise<void>; release: () => void }>();

  constructor() {
    vi.stubGlobal('fetch', (path: string, init?: RequestInit) => this.fetch(path, init));
  }

  has(region: Region, ...clusters: WireCluster[]): this {
    this.inRegion.set(region.id, clusters);
    return this;
  }

  fails(region: Region, reason: string, status = 502): this {
    const body = { kind: 'Error', id: String(status), code: `GEOCONSOLE-${status}`, reason, operation_id: '4f5c1d1e' };
    return this.answers(region, { status, body });
  }

  answers(region: Region, answer: Answer): this {
    this.inRegion.set(region.id, answer);
    return this;
  }

  /** Keeps users from a region, as whoever runs the geography does; the console tells it with the verdicts and the config. */
  keepsFrom(region: Region, state: Region['state'], message: string): this {
    this.regions = this.regions.map((known) => (known.id === region.id ? { ...known, state, message } : known));
    this.verdicts = this.regions.map((known) => ({ ...known, verdict: 'Healthy' }));
    return state === 'Active' ? this : this.fails(region, message, 503);
  }

  /** Lets a region's answers wait until release is called. */
  holds(region: Region): this {
    let release: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.held.set(region.id, { promise, release });
    return this;
  }

  release(region: Region): void {
    this.held.get(region.id)?.release();
    this.held.delete(region.id);
  }

  private async fetch(path: string, init?: RequestInit): Promise<Response> {
    if (path === this.issuer?.auth.tokenURL) {
      return this.issuer.fetch(init);
    }
    const token = new Headers(init?.headers).get('Authorization')?.replace('Bearer ', '');
    this.asked.push(path);
    this.tokens.push(token);
    const answer = this.unlessGood(path, token) ?? (await this.answer(new URL(path, 'https://console.eu.example.com')));
    const signal = init?.signal ?? undefined;
    if (answer === 'hang') {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    }
    if (answer === 'unreachable') {
      throw new TypeError('Failed to fetch');
    }
    return new Response(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body), { status: answer.status, ...(answer.headers && { headers: answer.headers }) });
  }

  /** What the console itself answers to a question without a good token. */
  private unlessGood(path: string, token = ''): Answer | undefined {
    if (this.issuer === undefined || path === '/config.json' || this.issuer.good.has(token)) {
      return undefined;
    }
    const body = { kind: 'Error', id: '401', code: 'GEOCONSOLE-401', reason: `The console refuses the token: ${this.refusal}.`, operation_id: '4f5c1d1e', details: [{ cause: this.refusal }] };
    return { status: 401, body, headers: { 'WWW-Authenticate': 'Bearer realm="console.eu.example.com", error="invalid_token"' } };
  }

  private async answer({ pathname, searchParams }: URL): Promise<Answer> {
    if (pathname === '/config.json') {
      const auth = this.issuer?.auth ?? { type: 'None' };
      return this.config ?? { status: 200, body: { geography: { name: 'EU', countries: ['DE', 'FR', 'IE'] }, auth, maintenance: this.maintenance && { message: this.maintenance }, regions: this.regions } };
    }
    if (pathname === '/api/geo/v1/regions') {
      return this.verdicts === 'unreachable' ? 'unreachable' : { status: 200, body: { kind: 'RegionStatusList', items: this.verdicts } };
    }
    const [, regionId = '', id] = /^\/regions\/([^/]+)\/api\/clusters_mgmt\/v1\/clusters(?:\/(.+))?$/.exec(pathname) ?? [];
    await this.held.get(regionId)?.promise;
    const known = this.inRegion.get(regionId) ?? [];
    if (!Array.isArray(known)) {
      return known;
    }
    return id === undefined ? page(known, searchParams) : single(known, id);
  }
}

function page(clusters: WireCluster[], query: URLSearchParams): Answer {
  const number = Number(query.get('page'));
  const size = Number(query.get('size'));
  const items = clusters.slice((number - 1) * size, number * size);
  return { status: 200, body: { kind: 'ClusterList', page: number, size: items.length, total: clusters.length, items } };
}

function single(clusters: WireCluster[], id: string): Answer {
  const found = clusters.find((candidate) => candidate.id === id);
  return found
    ? { status: 200, body: found }
    : { status: 404, body: { kind: 'Error', id: '404', code: 'CLUSTERS-MGMT-404', reason: `Cluster '${id}' not found` } };
}
