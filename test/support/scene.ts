import { expect, onTestFinished, vi } from 'vitest';
import { type GatewayError } from '../../src/errors/gateway-error.js';
import { type CallContext } from '../../src/events/call-context.js';
import { AttemptFailed, CallAdmitted, CallCompleted, CallFailed } from '../../src/events/gateway-events.js';
import { GatewayEventBus } from '../../src/events/gateway-event-bus.js';
import { type UsageRecord } from '../../src/extensions/usage-record.js';
import { type GatewayModuleExtras, type GatewayModuleOptions } from '../../src/gateway.module-definition.js';
import { type ProviderOptions } from '../../src/provider.options.js';
import { Changes } from './changes.js';
import { FakeUpstream } from './fake-upstream.js';
import { type GatewayUnderTest, type GatewayUnderTestExtras, startGateway } from './gateway.js';

/** The provider keys of the gateways under test; nobody but the upstream may ever see one. */
export const PROVIDER_KEY = 'sk-provider-key-0123456789';

/** What has become of the calls of a gateway. */
export class CallWatch {
  readonly admitted: CallContext[] = [];
  readonly completed: CallContext[] = [];
  readonly failed: { readonly call: CallContext; readonly error: GatewayError; readonly isAborted: boolean }[] = [];
  readonly failedAttempts: AttemptFailed[] = [];
  private readonly changes = new Changes();

  constructor(bus: GatewayEventBus) {
    const note =
      <Event>(list: Event[]) =>
      (event: Event): void => {
        list.push(event);
        this.changes.tell();
      };
    const noteCall = (list: CallContext[]) => {
      const add = note(list);
      return ({ call }: { call: CallContext }): void => add(call);
    };
    bus.on(CallAdmitted, noteCall(this.admitted));
    bus.on(CallCompleted, noteCall(this.completed));
    bus.on(CallFailed, note(this.failed));
    bus.on(AttemptFailed, note(this.failedAttempts));
  }

  waitFor(condition: (watch: this) => boolean): Promise<void> {
    return this.changes.waitFor(() => condition(this), String(condition));
  }

  /** Waits until every admitted call is over. */
  allOver(): Promise<void> {
    return this.waitFor(({ admitted, completed, failed }) => admitted.length <= completed.length + failed.length);
  }

  /** Sees that each admitted call came to one end. */
  expectOneEndEach(): void {
    const ended = [...this.completed, ...this.failed.map(({ call }) => call)];
    expect(idsOf(ended)).toEqual(idsOf(this.admitted));
  }
}

const idsOf = (calls: readonly { readonly requestId: string }[]): string[] =>
  calls.map(({ requestId }) => requestId).sort();

export interface Scene<Upstreams extends readonly FakeUpstream[] = readonly FakeUpstream[]> {
  readonly gateway: GatewayUnderTest;
  /** In the order in which they are tried. */
  readonly upstreams: Upstreams;
  readonly watch: CallWatch;
  /** Waits until every admitted call is over, and sees that each has left exactly one usage record. Oldest first. */
  records(): Promise<readonly UsageRecord[]>;
  /** The same where there was one call. */
  record(): Promise<UsageRecord>;
}

export interface SceneOptions {
  readonly gateway?: GatewayModuleOptions & GatewayModuleExtras;
  /** Settings of every provider. */
  readonly provider?: Partial<ProviderOptions>;
  /** Settings of the first alone, over those. */
  readonly first?: Partial<ProviderOptions>;
  /** Settings of the second alone. */
  readonly second?: Partial<ProviderOptions>;
  readonly extras?: GatewayUnderTestExtras;
}

/** A gateway before one fake upstream that serves `model`. */
export async function oneProvider(options: SceneOptions = {}): Promise<Scene<[FakeUpstream]>> {
  const upstream = await startUpstream();
  return { ...(await sceneOf([upstream], options)), upstreams: [upstream] };
}

/** A gateway before two fake upstreams that both serve `model`, `first` and `second`, tried in this order. */
export async function twoProviders(options: SceneOptions = {}): Promise<Scene<[FakeUpstream, FakeUpstream]>> {
  const first = await startUpstream();
  const second = await startUpstream();
  return { ...(await sceneOf([first, second], options)), upstreams: [first, second] };
}

/** A gateway before three that all serve `model`: `first`, `second` and `third`, tried in this order. */
export async function threeProviders(
  options: SceneOptions = {},
): Promise<Scene<[FakeUpstream, FakeUpstream, FakeUpstream]>> {
  const first = await startUpstream();
  const second = await startUpstream();
  const third = await startUpstream();
  return { ...(await sceneOf([first, second, third], options)), upstreams: [first, second, third] };
}

async function startUpstream(): Promise<FakeUpstream> {
  const upstream = await FakeUpstream.start();
  onTestFinished(() => upstream.close());
  return upstream;
}

async function sceneOf(upstreams: readonly FakeUpstream[], options: SceneOptions): Promise<Omit<Scene, 'upstreams'>> {
  const gateway = await startGateway(
    {
      providers: upstreams.map((upstream, index) => {
        const own = { ...options.provider, ...[options.first, options.second][index] };
        return {
          name: ['first', 'second', 'third'][index] ?? `provider-${index}`,
          kind: 'openai-compatible',
          baseUrl: upstream.baseUrl,
          ...(own.apiKeys === undefined ? { apiKey: PROVIDER_KEY } : {}),
          models: [{ name: 'model' }],
          ...own,
        };
      }),
      ...options.gateway,
    },
    options.extras,
  );
  // Chance takes the first deployment and the shortest pause. Not before Nest has named its modules, by chance too.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const watch = new CallWatch(gateway.app.get(GatewayEventBus, { strict: false }));
  // Before the upstreams: hooks run last to first.
  onTestFinished(async () => {
    await gateway.close();
    watch.expectOneEndEach();
  });
  const records = async (): Promise<readonly UsageRecord[]> => {
    await watch.allOver();
    const found = await gateway.records();
    watch.expectOneEndEach();
    expect(idsOf(found)).toEqual(idsOf(watch.admitted));
    return found;
  };
  return {
    gateway,
    watch,
    records,
    record: async () => {
      const found = await records();
      const [record] = found;
      if (record === undefined || found.length > 1) throw new Error(`There are ${found.length} usage records.`);
      return record;
    },
  };
}
