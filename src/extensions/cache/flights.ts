import { GatewayError } from '../../errors/gateway-error.js';
import { type CallContext } from '../../events/call-context.js';
import { type FoundAnswer } from './answer-store.js';

/** What a call that waited for another is told: the answer; to ask in its place; or to ask for itself. */
export type Landing = FoundAnswer | 'lead' | 'alone';

type Follower = (landing: Landing) => void;

interface Flight {
  followers: Set<Follower> | undefined;
}

/** Equal calls that are under way at the same time: the first one asks, the others wait for its answer. */
export class Flights {
  /** With those who wait, once there are any. */
  private readonly flights = new Map<string, Flight>();

  /**
   * @returns nothing for the first one, which leads and must land; a promise for those that wait.
   * The promise rejects with the reason where who waits is cancelled.
   */
  join(key: string, call: CallContext): Promise<Landing> | undefined {
    const flight = this.flights.get(key);
    if (flight !== undefined) return wait((flight.followers ??= new Set()), call);
    this.flights.set(key, { followers: undefined });
    return undefined;
  }

  /** There is an answer for all who wait. @param found called only where somebody does. */
  land(key: string, found: () => FoundAnswer): void {
    this.end(key, found);
  }

  /** There is none: each asks for itself, as if there were no cache. What went wrong for one is no answer to others. */
  scatter(key: string): void {
    this.end(key, () => 'alone');
  }

  /** The one that leads has left: the next takes its place, and the others go on waiting. */
  passOn(key: string): void {
    const followers = this.flights.get(key)?.followers;
    const [next] = followers ?? [];
    if (followers === undefined || next === undefined) {
      this.flights.delete(key);
      return;
    }
    followers.delete(next);
    next('lead');
  }

  private end(key: string, landingOf: () => Landing): void {
    const followers = this.flights.get(key)?.followers;
    this.flights.delete(key);
    if (followers === undefined || followers.size === 0) return;
    const landing = landingOf();
    for (const tell of followers) tell(landing);
  }
}

function wait(followers: Set<Follower>, { cancellation }: CallContext): Promise<Landing> {
  return new Promise((resolve, reject) => {
    const follower = (landing: Landing): void => {
      unlink();
      resolve(landing);
    };
    followers.add(follower);
    const unlink = cancellation.onCancel(() => {
      followers.delete(follower);
      reject(GatewayError.from(cancellation.reason));
    });
  });
}
