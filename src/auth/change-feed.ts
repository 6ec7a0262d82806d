import { Injectable } from '@nestjs/common';

/** What administration has changed: which thing of which kind. */
export interface Change {
  readonly kind: 'key' | 'owner' | 'routing';
  /** The id of the key, or of what requests are routed by; of an owner `team:` or `organization:`, with its name. */
  readonly subject: string;
}

type Listener = (changes: readonly Change[]) => void;

/**
 * Tells what administration has changed, so that nothing is remembered that is no longer so. This one knows of the
 * changes of its own process.
 */
@Injectable()
export class ChangeFeed {
  private readonly listeners = new Set<Listener>();

  /** @returns a function that ends it. */
  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * The time by which keys begin and end, in milliseconds since 1970: of the clock that all replicas share, where there is
   * one.
   */
  now(): number {
    return Date.now();
  }

  /** To be called when a change is stored. Told twice does no harm. */
  tell(changes: readonly Change[]): void {
    for (const listener of this.listeners) listener(changes);
  }
}
